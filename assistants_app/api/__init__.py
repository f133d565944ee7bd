"""Floor 4. The LangGraph-Server-compatible HTTP API: one file per resource. Knows nothing of `web`."""
