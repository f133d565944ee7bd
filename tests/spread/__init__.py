"""The distributed engine as it is run: serving processes and workers of their own, on one PostgreSQL."""
