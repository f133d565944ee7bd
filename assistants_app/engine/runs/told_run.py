"""What logs and traces tell of a run."""

from assistants_app.domain.log_lines import RunFacts
from assistants_app.models import Run


def facts_of(run: Run) -> RunFacts:
    """Asks the database nothing: without its assistant at hand a run does not tell that."""
    assistant = run.assistant if Run.assistant.is_cached(run) else None
    return {
        "run_id": str(run.run_id),
        "thread_id": str(run.thread_id),
        "assistant_id": str(assistant.assistant_id) if assistant else None,
        "version": run.version,
        "graph_id": run.graph_id,
        "attempt": run.attempt,
        "worker": str(run.worker_id) if run.worker_id else None,
    }
