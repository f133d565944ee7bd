"""What LangGraph keeps in SQLite's files, as its PostgreSQL tables hold it: for a site that moves.

Formats only: who reads the files and writes the tables is `management.moving`.
"""
