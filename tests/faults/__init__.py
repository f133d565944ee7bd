"""Processes that are really killed and stopped, seen from outside, by the official client."""
