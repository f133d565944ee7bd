"""The engine's ways to the site's database, beside Django's own."""
