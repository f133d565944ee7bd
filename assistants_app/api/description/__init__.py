"""The API described: its OpenAPI document, and the page of it that people read."""
