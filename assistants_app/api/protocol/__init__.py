"""The thread-centred protocol, which `client.threads.stream(…)` speaks."""
