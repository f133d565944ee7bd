"""The comparison of two versions: a page, a part of other pages, a plain text."""
