"""Who calls, what the caller may do and see, and from where."""
