"""Runs spread over processes, on PostgreSQL: web processes accept and relay, workers execute.

`queue`: workers fetch runs by Procrastinate. `outbox` writes what runs tell into a table, and says so by NOTIFY;
`inbox` hears that and fills the relay, so that a listener anywhere listens as if the run were executed here. `runs` is
the door: to accept, stop and leave a run wherever it is executed.
"""
