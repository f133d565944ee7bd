"""How tables change. A site is brought up to date while processes of the version before still serve it, so a migration
takes nothing from them: they go on to read and write what they know.

* New tables and columns: a column may be null, or has a `db_default`, for old processes insert rows without it.
* A column or table goes in two releases: one that does not use it any more, then one whose migration removes it. That
  one is agreed upon in `tests/guards/test_migrations.py`, which refuses what old processes would not survive.
* Nothing is renamed, and no column gets a type that holds less: what is new goes into a new column, and both are
  written for one release.
* A new rule (a constraint, a unique column) holds for old processes too: check that they keep it, then agree there.
* What takes long (filling a column of a large table) is done in batches outside of the migration's transaction.
"""
