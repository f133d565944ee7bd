"""Floor 4. The no-code pages (htmx): one file per screen, one template folder per screen.

Knows nothing of `api`. Domain errors become messages on the field or the page here; only templates escape.
"""
