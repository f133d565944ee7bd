"""The chat panel: a thread's turns, what starts and stops runs, the stream that the page's script reads."""
