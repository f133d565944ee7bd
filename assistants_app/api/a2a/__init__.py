"""A2A, the Agent2Agent protocol: other agents find an assistant by its card and send it messages."""
