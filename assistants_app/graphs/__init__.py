"""Floor 1. Which graphs exist (langgraph.json), whether they load, and what they accept.

May import `domain` and, inside functions only, langgraph (its import costs about 2 s and 84 MB).
Does not know `models`: a schema can be read with no database. Owns the words *graph* and *settings schema*.

`catalog()` is the way in: its entries say what is known of each graph, `open_graph` gives one to run.
"""
