"""Runs: accepted, streamed, waited for, joined, cancelled; on threads and without one."""
