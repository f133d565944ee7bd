"""Two graphs that run with no key and no network, and the langgraph.json that names them.

They are written as any graph for LangGraph would be: nothing here imports the rest of the product, and nothing
but the langgraph.json imports them.
"""
