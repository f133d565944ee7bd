"""What a site on SQLite keeps in its data folder, beside its secret key."""

SITE, CHECKPOINTS, STORE = "assistants.sqlite3", "checkpoints.sqlite3", "store.sqlite3"
