"""The thread-centred protocol: a thread's events in the words of the package langchain-protocol.

What a run streams in the stream modes of the API is told anew in these words, as it is asked for: whichever way a run
was begun, who listens to its thread by this protocol gets it. Owns the words *channel* and *lifecycle*.
"""
