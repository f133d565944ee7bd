"""Floor 0. Pure Python: no Django, no LangGraph, no I/O, no asyncio; imports nothing of the product.

What people read is marked by `language` and translated by whatever the application installs there.
Owns the words *settings schema*, *form spec*, *field spec*, *change* and *stream event*.
"""
