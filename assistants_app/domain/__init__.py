"""Floor 0. Pure Python: no Django, no LangGraph, no I/O, no asyncio; imports nothing of the product.

Owns the words *settings schema*, *form spec*, *field spec*, *change* and *stream event*.
"""
