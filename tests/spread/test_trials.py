"""A trial of test cases that four processes look after: each case is run once, and checked once."""

import json
import uuid

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.spread.conftest import Spread
from tests.spread.test_spread import ticks
from tests.spread.test_threads import until

pytestmark = [pytest.mark.django_db, pytest.mark.asyncio(loop_scope="function")]

CASES = 9
NOTICED_SECONDS = 12
"""Another process's trial is noticed within ten."""

SHAPE = {"kind": "json_shape", "schema": {"type": "object", "required": ["ticked"]}}


async def test_it_works(spread: Spread, a: LangGraphClient) -> None:
    """Begun as the page does, by rows of the database: no process is told."""
    ask, trial = spread.site.ask, uuid.uuid4()
    assistant = await a.assistants.create("ticks", name="Ticks")
    ask(
        "insert into assistants_app_trial"
        " (trial_id, assistant_id, version, status, time_limit, person_id, author, created_at)"
        " select %s, a.id, 1, 'running', 60, p.id, 'Olga', now()"
        " from assistants_app_assistant a, assistants_app_person p"
        " where a.assistant_id = %s and p.is_superuser limit 1",
        trial,
        uuid.UUID(assistant["assistant_id"]),
    )
    for number in range(CASES):
        ask(
            "insert into assistants_app_caseresult"
            " (trial_id, edition, name, input, checks, status, outcomes, problem)"
            " values (%s, 1, %s, %s, %s, 'waiting', '[]', '')",
            trial,
            f"case {number}",
            json.dumps(ticks(3)),
            json.dumps([SHAPE]),
        )

    async def ended() -> bool:
        return ask("select status from assistants_app_trial where trial_id = %s", trial) == [("ended",)]

    await until(ended, seconds=NOTICED_SECONDS + 30)
    results = ask("select status, run_id from assistants_app_caseresult where trial_id = %s", trial)
    assert [status for status, _run in results] == ["passed"] * CASES
    assert len({run for _status, run in results}) == CASES
    begun = ask("select count(*) from assistants_app_run where metadata::text like %s", f"%{trial}%")
    assert begun == [(CASES,)]
