"""Trials of test cases, as the engine runs and checks them."""

import time
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from pytest_django.fixtures import Settings

from assistants_app.domain.cases.checking import told
from assistants_app.domain.cases.errors import InvalidTrial, TrialNotFound
from assistants_app.domain.errors import NotAllowed, VersionNotFound
from assistants_app.engine import Engine, engine
from assistants_app.engine.asking import chosen_models
from assistants_app.models import Assistant, AuditEntry, CaseResult, Person, Role, Run, Thread, Trial
from assistants_app.services import trial_steps
from assistants_app.services.authors import Author
from assistants_app.services.trials import begin_trial, cancel_trial, standing
from tests import make
from tests.people import granted

pytestmark = pytest.mark.usefixtures("serving")

ASKED = {"kind": "judged", "criterion": "It is polite."}


def begun(assistant: Assistant, person: Person, **more: Any) -> Trial:
    return begin_trial(assistant_id=assistant.assistant_id, author=Author.of(person), **more)


def ended(trial: Trial, seconds: float = 20) -> list[CaseResult]:
    """The results, once the trial has ended."""
    end = time.monotonic() + seconds
    while Trial.objects.get(pk=trial.pk).status == Trial.Status.RUNNING:
        assert time.monotonic() < end, list(trial.results.values_list("name", "status"))
        time.sleep(0.05)
    return list(trial.results.select_related("run"))


def why(result: CaseResult) -> list[str]:
    return [told(outcome) for outcome in result.outcomes]


def test_it_works(erin: Person) -> None:
    assistant = make.assistant(settings={"system_prompt": "Sure."})
    make.case(assistant, "Hello")
    make.case(assistant, "Bye", checks=[{"kind": "contains", "text": "Bye"}, {"kind": "matches", "pattern": "^Never"}])

    trial = begun(assistant, erin)
    good, bad = ended(trial)

    assert (good.status, bad.status) == ("passed", "failed")
    assert [outcome["verdict"] for outcome in bad.outcomes] == ["passed", "failed"]
    assert why(bad) == ["", "Nothing in the answer matches."]
    assert good.answer == {"text": "Sure. You said: Hello", "cut": False, "calls": []}
    assert good.run is not None
    assert (good.run.version, good.run.status, good.run.author) == (1, "success", "Erin Editor")
    assert (trial.version, Trial.objects.get().status) == (1, "ended")
    assert AuditEntry.objects.filter(action="trial.begun", who="Erin Editor").exists()


def test_more_than_go_on_at_once_all_have_their_turn(erin: Person) -> None:
    assistant = make.assistant()
    for number in range(trial_steps.AT_ONCE * 2 + 1):
        make.case(assistant, f"case {number}")

    assert {result.status for result in ended(begun(assistant, erin))} == {"passed"}
    assert standing(assistant, 1).all_passed


def test_any_version_and_unsaved_settings(erin: Person) -> None:
    assistant = make.assistant_with_versions(2)
    make.case(assistant, "hi", checks=[{"kind": "contains", "text": "blog post 2"}])

    old, live = ended(begun(assistant, erin, version=1)), ended(begun(assistant, erin))
    unsaved = ended(begun(assistant, erin, settings={"system_prompt": "Say blog post 2."}))

    assert [one.status for one in (*old, *live, *unsaved)] == ["failed", "passed", "passed"]
    assert [trial.version for trial in Trial.objects.order_by("created_at")] == [1, 2, None]
    assert unsaved[0].run is not None
    assert unsaved[0].run.version is None
    assert (standing(assistant, 1).all_passed, standing(assistant, 2).all_passed) == (False, True)


def test_a_run_that_fails_is_told_of(erin: Person) -> None:
    assistant = make.assistant(graph_id="failing", settings={})
    make.case(assistant, "hi")

    (result,) = ended(begun(assistant, erin))

    assert (result.status, result.problem) == ("error", "ValueError: the graph fell over")


def test_a_run_that_takes_too_long_ends(erin: Person, settings: Settings) -> None:
    settings.CASE_SECONDS = 0.3
    assistant = make.assistant(graph_id="slow", settings={})
    make.case(assistant, "hi")

    (result,) = ended(begun(assistant, erin))

    assert (result.status, result.problem) == ("error", "The run took longer than a test case may.")


def test_a_graph_without_messages(erin: Person) -> None:
    assistant = make.assistant(graph_id="adder", settings={}, settings_schema=None)
    make.case(assistant, "sum", input={"a": 2, "b": 3}, checks=[{"kind": "json_shape", "schema": {"type": "object"}}])

    (result,) = ended(begun(assistant, erin))

    assert result.status == "passed", (result.problem, why(result), result.answer)


def test_tools_that_were_called(erin: Person) -> None:
    assistant = make.assistant(graph_id="uses_tool", settings={}, settings_schema=None)
    make.case(assistant, "search", checks=[{"kind": "tool_called", "name": "nothing like it"}])

    (result,) = ended(begun(assistant, erin))

    assert result.status == "failed"
    assert why(result)[0].startswith("Called instead: ")


def test_cancelling(erin: Person) -> None:
    assistant = make.assistant(graph_id="slow", settings={"seconds": 30})
    for number in range(trial_steps.AT_ONCE + 1):
        make.case(assistant, f"case {number}")
    trial = begun(assistant, erin)
    while Run.objects.filter(status="running").count() < trial_steps.AT_ONCE:
        time.sleep(0.05)

    runs = cancel_trial(assistant_id=assistant.assistant_id, trial_id=trial.pk, author=Author.of(erin))
    for run_id in runs:
        engine().cancel(run_id)

    assert {result.status for result in ended(trial)} == {"cancelled"}
    end = time.monotonic() + 10
    while Run.objects.unfinished().exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert set(Run.objects.values_list("status", flat=True)) == {"interrupted"}
    assert not standing(assistant, 1).results
    assert cancel_trial(assistant_id=assistant.assistant_id, trial_id=trial.pk, author=Author.of(erin)) == []


def test_what_a_process_left_another_takes_up(erin: Person) -> None:
    """A trial that was begun while nothing served, with an answer that somebody was about to check and died."""
    assistant = make.assistant()
    make.case(assistant, "hi")
    (first,) = ended(begun(assistant, erin))
    CaseResult.objects.filter(pk=first.pk).update(
        status="checking", checking_since=first.finished_at - trial_steps.FORGOTTEN * 2, outcomes=[], answer=None
    )
    Trial.objects.update(status="running", finished_at=None)
    trial = begun(assistant, erin)

    assert {result.status for result in (*ended(trial), *ended(first.trial))} == {"passed"}


def test_a_thread_that_was_deleted_meanwhile(erin: Person) -> None:
    assistant = make.assistant(graph_id="slow", settings={"seconds": 30})
    make.case(assistant, "hi")
    trial = begun(assistant, erin)
    while not Run.objects.filter(status="running").exists():
        time.sleep(0.05)

    Thread.objects.all().delete()

    (result,) = ended(trial)
    assert result.status == "error"
    assert result.problem.startswith("The run was")


def test_who_lost_their_role_meanwhile_runs_nothing(erin: Person) -> None:
    assistant = make.assistant_with_versions(2, graph_id="slow", settings={"seconds": 0.5})
    for number in range(trial_steps.AT_ONCE + 1):
        make.case(assistant, f"case {number}", checks=[{"kind": "contains", "text": "done"}])
    tester = granted(Role.TESTER, username="tess")
    trial = begun(assistant, tester, version=1)
    while not Run.objects.exists():
        time.sleep(0.02)
    tester.grants.all().delete()

    results = ended(trial)

    assert results[-1].status == "error"
    assert "no such assistant" in results[-1].problem


def judge(monkeypatch: pytest.MonkeyPatch, settings: Settings, reply: str | Exception) -> None:
    settings.JUDGE_MODEL = "fake:judge"

    def model(_name: str) -> Any:
        if isinstance(reply, Exception):
            raise reply
        return GenericFakeChatModel(messages=iter([AIMessage(reply)]))

    monkeypatch.setattr(chosen_models, "_model", model)


@pytest.mark.parametrize(
    ("reply", "status", "says"),
    [
        ('{"passes": true, "reason": "Very polite."}', "passed", "It says: Very polite."),
        ('{"passes": false, "reason": "Rude."}', "failed", "It says: Rude."),
        ("I cannot say.", "unjudged", "The model that judges made no sense: I cannot say."),
        (ValueError("no key"), "unjudged", "The model that judges could not be asked: ValueError: no key"),
    ],
)
def test_answers_are_judged(
    erin: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch, reply: Any, status: str, says: str
) -> None:
    judge(monkeypatch, settings, reply)
    assistant = make.assistant()
    make.case(assistant, "hi", checks=[ASKED])

    (result,) = ended(begun(assistant, erin))

    assert (result.status, why(result)) == (status, [says])


def test_nobody_judges_and_an_imitation_does(erin: Person, settings: Settings) -> None:
    assistant = make.assistant(settings={"system_prompt": "How polite."})
    make.case(assistant, "hi", checks=[ASKED])
    settings.JUDGE_MODEL = ""
    (without,) = ended(begun(assistant, erin))
    settings.JUDGE_MODEL = "demonstration"
    (imitated,) = ended(begun(assistant, erin))

    assert (without.status, imitated.status) == ("unjudged", "passed")
    assert "no model that judges" in why(without)[0]
    assert "imitation" in why(imitated)[0]


def test_refusals(erin: Person, serving: Engine) -> None:
    assistant = make.assistant()
    with pytest.raises(InvalidTrial, match="no test case"):
        begun(assistant, erin)
    case = make.case(assistant)
    with pytest.raises(InvalidTrial, match="no test case"):
        begun(assistant, erin, case_ids=[])
    with pytest.raises(VersionNotFound):
        begun(assistant, erin, version=7)
    vera = granted(Role.VIEWER, username="vera")
    with pytest.raises(NotAllowed):
        begun(assistant, vera, case_ids=[case.pk])
    trial = begun(assistant, granted(Role.TESTER, username="tess"))
    with pytest.raises(NotAllowed):
        cancel_trial(
            assistant_id=assistant.assistant_id,
            trial_id=trial.pk,
            author=Author.of(Person.objects.get(username="vera")),
        )
    with pytest.raises(TrialNotFound):
        cancel_trial(assistant_id=make.assistant().assistant_id, trial_id=trial.pk, author=Author.of(erin))
    assert [result.status for result in ended(trial)] == ["passed"]
