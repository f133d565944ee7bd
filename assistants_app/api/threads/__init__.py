"""Threads: kept, read at every place, changed, copied, streamed."""
