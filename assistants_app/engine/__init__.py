"""Floor 3. The one async room: runs graphs, relays their stream events, reads and writes thread state.

May import every floor below. Owns the words *relay* and *checkpointer*.
"""
