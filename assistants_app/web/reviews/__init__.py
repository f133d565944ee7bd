"""Reviews: what waits for whom, one request with its changes and comments, and which assistants are protected."""
