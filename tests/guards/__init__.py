"""Tests of what people forget: floors, logins, tokens, documentation, words. They read the code, not a list of it."""
