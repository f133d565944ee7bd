"""What the runs of the embedded engine tell, kept beside the run: it outlives the process that executed it.

`relay` tells it at once, from memory, and reads what was kept by a process before this one; `writer` keeps it in the
background, some moments later and many runs together: in a file beside the checkpoints (`events_file`), or on
PostgreSQL in the table through which the distributed engine tells (`events_table`), in the same lines
(`spread.wire`).

What is heard may not be kept yet. So no number is given twice: an attempt that goes on after another begins far above
whatever that one can have told (`run_events`), and who heard more than was kept goes on there, missing nothing.
"""
