"""LangGraph assistants for business users.

Rooms and the floors they stand on (imports go down only; tests/guards checks it):

4  web/       the no-code pages            api/  the LangGraph-Server-compatible HTTP API
3  engine/    runs graphs: the one async room
2  services/  every change the product can make
1  models/    the tables                   graphs/  which graphs exist and what they accept
0  domain/    pure Python: form specs, values, diffs, stream events, errors
"""
