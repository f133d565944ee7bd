"""Floor 2. Every change the product can make: sync, transactional functions with keyword-only arguments.

Called alike by pages, API, admin and commands. May import `domain`, `models` and `graphs`.
Raises the named errors of `domain.errors`; never answers HTTP.
"""
