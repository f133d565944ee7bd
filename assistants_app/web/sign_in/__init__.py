"""Signing in, and what one does with one's own account. django-allauth decides; addresses, pages and words are ours.

`adapters` is where it asks us back; `routes` names its addresses, those alone that the site wants.
"""
