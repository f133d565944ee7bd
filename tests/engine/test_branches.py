"""An earlier message edited, an answer made anew: forks of one thread, between which a person switches."""

import pytest

from assistants_app.domain.errors import CheckpointNotFound, MessageNotFound
from assistants_app.engine import Engine, ThreadState, engine
from assistants_app.models import Run, Thread
from tests import make
from tests.running import finish, wait_for


def _say(thread: Thread, text: str | None, **more: object) -> ThreadState:
    run = finish(make.run(text, on=thread, **more))
    assert run.status == Run.Status.SUCCESS, run.error
    return _state(thread)


def _state(thread: Thread, checkpoint_id: str | None = None) -> ThreadState:
    return wait_for(engine().thread_state(thread.thread_id, checkpoint_id))


def _texts(state: ThreadState) -> list[str]:
    """The humans' messages, and the answers as who they answer."""
    return [str(message["content"]).replace("Write a blog post. You said: ", "to ") for message in _messages(state)]


def _messages(state: ThreadState) -> list[dict[str, str]]:
    return list(state.values["messages"])


def _before(thread: Thread, message: dict[str, str]) -> str:
    return wait_for(engine().before_message(thread.thread_id, message["id"]))


def test_it_works(serving: Engine) -> None:
    thread = make.thread()
    _say(thread, "one")
    first = _say(thread, "two")
    assert _texts(first) == ["one", "to one", "two", "to two"]
    assert wait_for(engine().branches(thread.thread_id)) == {}

    edited = _say(thread, "TWO", checkpoint_id=_before(thread, _messages(first)[2]))
    assert _texts(edited) == ["one", "to one", "TWO", "to TWO"]

    branches = wait_for(engine().branches(thread.thread_id))
    assert list(branches) == [_messages(edited)[2]["id"]]
    (choice,) = branches.values()
    assert choice.current == 1
    assert [_texts(_state(thread, head))[2] for head in choice.heads] == ["two", "TWO"]

    there = wait_for(engine().branches(thread.thread_id, choice.heads[0]))
    assert there == {_messages(first)[2]["id"]: type(choice)(heads=choice.heads, current=0)}


def test_the_first_message_can_be_edited(serving: Engine) -> None:
    thread = make.thread()
    first = _say(thread, "one")
    edited = _say(thread, "ONE", checkpoint_id=_before(thread, _messages(first)[0]))
    assert _texts(edited) == ["ONE", "to ONE"]
    again = _say(thread, "uno", checkpoint_id=_before(thread, _messages(edited)[0]))
    assert _texts(again) == ["uno", "to uno"]

    (choice,) = wait_for(engine().branches(thread.thread_id)).values()
    assert choice.current == 2
    assert [_texts(_state(thread, head))[0] for head in choice.heads] == ["one", "ONE", "uno"]


def test_an_answer_can_be_made_anew(serving: Engine) -> None:
    thread = make.thread()
    first = _say(thread, "one")
    second = _say(thread, None, checkpoint_id=_before(thread, _messages(first)[1]))
    third = _say(thread, None, checkpoint_id=_before(thread, _messages(second)[1]))
    assert _texts(third) == ["one", "to one"]
    assert len({_messages(state)[1]["id"] for state in (first, second, third)}) == 3
    assert len({_messages(state)[0]["id"] for state in (first, second, third)}) == 1

    branches = wait_for(engine().branches(thread.thread_id))
    assert list(branches) == [_messages(third)[1]["id"]]
    (choice,) = branches.values()
    assert choice.current == 2
    heads = [_messages(_state(thread, head))[1]["id"] for head in choice.heads]
    assert heads == [_messages(state)[1]["id"] for state in (first, second, third)]


def test_a_branch_goes_on_from_its_head(serving: Engine) -> None:
    thread = make.thread()
    first = _say(thread, "one")
    _say(thread, "ONE", checkpoint_id=_before(thread, _messages(first)[0]))
    on = _say(thread, "more", checkpoint_id=first.checkpoint_id)
    assert _texts(on) == ["one", "to one", "more", "to more"]
    (choice,) = wait_for(engine().branches(thread.thread_id)).values()
    assert choice.current == 0
    assert choice.heads[0] == on.checkpoint_id


def test_a_run_from_a_checkpoint_that_does_not_exist_fails(serving: Engine) -> None:
    thread = make.thread()
    before = _say(thread, "one")
    run = finish(make.run("two", on=thread, checkpoint_id="1f1e63e8-ff42-63e2-8001-c88a7632d7a5"))
    assert run.error == {"error": "CheckpointNotFound", "message": "This thread has no such checkpoint."}
    assert _texts(_state(thread)) == _texts(before)


def test_what_is_not_there_is_refused(serving: Engine) -> None:
    thread = make.thread()
    _say(thread, "one")
    with pytest.raises(MessageNotFound):
        wait_for(engine().before_message(thread.thread_id, "no such message"))
    for nowhere in ("1f1e63e8-ff42-63e2-8001-c88a7632d7a5", "no id", "\x00", "\ud800"):
        with pytest.raises(CheckpointNotFound):
            _state(thread, nowhere)
        with pytest.raises(CheckpointNotFound):
            wait_for(engine().branches(thread.thread_id, nowhere))
        with pytest.raises(CheckpointNotFound):
            wait_for(engine().before_message(thread.thread_id, "any", nowhere))
