"""The tab "Test cases" of an assistant: its cases, their form, running them, and what came of that."""
