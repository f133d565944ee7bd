"""Moves a site from SQLite's files to a PostgreSQL: `source` reads what there is, `target` takes it in, `whole` does
both as one change that is made or not made.
"""
