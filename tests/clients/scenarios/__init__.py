"""The stories of `registry`, all of them."""

from tests.clients.scenarios import runs, threads
from tests.clients.scenarios.registry import SCENARIOS

__all__ = ["SCENARIOS", "runs", "threads"]
