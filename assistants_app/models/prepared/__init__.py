"""Questions and writes whose SQL is made once and kept, for what is asked at every call or run.

Django makes the SQL of a queryset anew at each use, and has PostgreSQL parse and plan it anew: for the lock, the change
and the new row of a save that takes four times as long as the database's own work. What is here says the same with the
same compilers, keeps what they made, and lets PostgreSQL keep its plans too. It runs on Django's own connection, so in
whatever transaction is open there, and is seen by whoever counts queries.
"""

from assistants_app.models.prepared.questions import Missing, Question, Questions, ToldRows, ask, ask_values
from assistants_app.models.prepared.rows import copied, new_row
from assistants_app.models.prepared.writes import Insert, Update, insert, rows_written, update, write

__all__ = [
    "Insert",
    "Missing",
    "Question",
    "Questions",
    "ToldRows",
    "Update",
    "ask",
    "ask_values",
    "copied",
    "insert",
    "new_row",
    "rows_written",
    "update",
    "write",
]
