"""What the official savers tell of a thread is the same on both sides of a move."""

import sqlite3
from collections.abc import Iterator
from operator import add
from typing import Annotated, Any, TypedDict

import psycopg
import pytest
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, Send, interrupt
from psycopg.rows import dict_row

from assistants_app.domain.errors import CannotMove
from assistants_app.engine.moving.checkpoints import Parting, metadata_of
from assistants_app.management.moving.parts import Row
from assistants_app.management.moving.source import Source
from assistants_app.management.site_files import CHECKPOINTS
from tests.moving.graphs import hoard
from tests.nested_graphs import asks_inside

pytestmark = pytest.mark.one_database

HERE: Any = {"configurable": {"thread_id": "t"}}


@pytest.fixture
def saver(tmp_path: Any) -> Iterator[SqliteSaver]:
    file = sqlite3.connect(tmp_path / CHECKPOINTS, check_same_thread=False)
    yield SqliteSaver(file)
    file.close()


@pytest.fixture
def moved(saver: SqliteSaver, tmp_path: Any, database: str) -> Iterator[Any]:
    """`moved()`: PostgreSQL's saver, after all that SQLite's holds went there."""
    connection = psycopg.connect(database, autocommit=True, row_factory=dict_row)

    def move() -> PostgresSaver:
        target = PostgresSaver(connection)
        target.setup()
        with Source(tmp_path) as source:
            for part in source.of_langgraph(vectors=False):
                for table, row in part.rows():
                    _insert(connection, table, part.tables[table], row)
        return target

    yield move
    connection.close()


def _insert(connection: Any, table: str, columns: Any, row: Row) -> None:
    marks = ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)


def told(saver: Any) -> list[CheckpointTuple]:
    """Everything, in one order, without what the official PostgreSQL saver leaves out."""
    found = [
        one._replace(metadata={k: v for k, v in one.metadata.items() if k != "writes"}) for one in saver.list(None)
    ]
    return sorted(found, key=lambda one: str(one.config))


def same(old: Any, new: Any) -> None:
    """All but the names of versions, which stand for different values of one version."""
    olds, news = told(old), told(new)
    assert len(olds) == len(news) > 0
    for before, after in zip(olds, news, strict=True):
        assert after.config == before.config
        assert after.parent_config == before.parent_config
        assert after.metadata == before.metadata
        assert after.pending_writes == before.pending_writes
        for key in ("v", "id", "ts", "channel_values", "updated_channels"):
            assert _exactly(after.checkpoint.get(key)) == _exactly(before.checkpoint.get(key)), key
        assert after.checkpoint["channel_versions"].keys() == before.checkpoint["channel_versions"].keys()
        assert _triggered(after) == _triggered(before)


def _exactly(value: Any) -> str:
    """1 and 1.0 are equal; this tells them apart."""
    return repr(sorted(value.items()) if isinstance(value, dict) else value)


def _triggered(one: CheckpointTuple) -> dict[str, Any]:
    """What each node has not seen yet, which decides what runs next."""
    versions = one.checkpoint["channel_versions"]
    return {
        node: {channel: versions[channel] > seen for channel, seen in channels.items()}  # type: ignore[operator]
        for node, channels in one.checkpoint["versions_seen"].items()
    }


def test_it_works(saver: SqliteSaver, moved: Any) -> None:
    graph = asks_inside.compile(checkpointer=saver)
    graph.invoke({"text": "x"}, HERE)
    target = moved()
    same(saver, target)

    graph = asks_inside.compile(checkpointer=target)
    assert [task.interrupts[0].value for task in graph.get_state(HERE).tasks] == [{"ask": "ok?"}]
    assert graph.invoke(Command(resume="yes"), HERE)["log"] == ["route", "think", "answer: yes"]


def test_values_that_are_hard_to_move(saver: SqliteSaver, moved: Any) -> None:
    """NUL in a text, an endless number, bytes, classes of the graph's own, a list that was changed in its place."""
    graph = hoard.compile(checkpointer=saver)
    graph.invoke({"text": "x"}, HERE)
    target = moved()
    same(saver, target)

    assert graph.get_state(HERE).values["changed"] == ["first", "in its place"]
    for old, new in zip(
        graph.get_state_history(HERE), hoard.compile(checkpointer=target).get_state_history(HERE), strict=True
    ):
        assert new.values == old.values
        assert new.next == old.next
    forked = next(one for one in graph.get_state_history(HERE) if one.next == ("change",))
    place: Any = {"configurable": {"thread_id": "t", "checkpoint_id": forked.config["configurable"]["checkpoint_id"]}}
    # What the official saver reads, but does not write: NUL in a text, and an endless number.
    hoard.compile(checkpointer=target).update_state(place, {"nothing": "", "endless": 0.0})
    assert hoard.compile(checkpointer=target).invoke(None, HERE)["log"] == ["filled", "changed", "end"]


def test_deltas(saver: SqliteSaver, moved: Any) -> None:
    """A channel that keeps a snapshot now and then, and what was written since."""

    class Deltas(TypedDict, total=False):
        log: Annotated[list[str], DeltaChannel(_joined, snapshot_frequency=3)]

    builder = StateGraph(Deltas).add_node("say", lambda _state: {"log": ["said"]}).add_edge(START, "say")
    graph = builder.compile(checkpointer=saver)
    for number in range(5):
        graph.invoke({"log": [str(number)]}, HERE)
    target = moved()
    same(saver, target)

    again = builder.compile(checkpointer=target)
    assert [one.values for one in again.get_state_history(HERE)] == [
        one.values for one in graph.get_state_history(HERE)
    ]
    assert again.invoke({"log": ["more"]}, HERE) == graph.invoke({"log": ["more"]}, HERE)


def _joined(state: list[str], writes: Any) -> list[str]:
    return [*state, *(one for write in writes for one in write)]


def test_branches_sends_and_failures(saver: SqliteSaver, moved: Any) -> None:
    class Fan(TypedDict, total=False):
        log: Annotated[list[str], add]
        fail: bool

    broken = [True]

    def work(state: Fan) -> Fan:
        if state.get("fail") and broken:
            raise ValueError("broken")
        return {"log": ["worked"]}

    builder = StateGraph(Fan).add_node("work", work)
    builder.add_conditional_edges(START, lambda state: [Send("work", {}), Send("work", {"fail": state.get("fail")})])
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"log": ["a"]}, HERE)
    graph.update_state(HERE, {"log": ["by hand"]})
    first = list(graph.get_state_history(HERE))[-1].config
    graph.update_state(first, {"log": ["another branch"]})
    with pytest.raises(ValueError, match="broken"):
        graph.invoke({"fail": True}, {"configurable": {"thread_id": "u"}})
    target = moved()
    same(saver, target)

    there: Any = {"configurable": {"thread_id": "u"}}
    broken.clear()
    ended = [builder.compile(checkpointer=one).invoke(None, there)["log"] for one in (saver, target)]
    assert ended == [["worked", "worked"]] * 2


def test_several_threads_and_namespaces(saver: SqliteSaver, moved: Any) -> None:
    def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [("ai", str(interrupt("?")))]}

    graph = StateGraph(MessagesState).add_node("ask", ask).add_edge(START, "ask").compile(checkpointer=saver)
    for name in ("a", "b", "ä"):
        graph.invoke({"messages": [("user", name)]}, {"configurable": {"thread_id": name}})
    asks_inside.compile(checkpointer=saver).invoke({"text": "x"}, HERE)
    same(saver, moved())


def test_metadata() -> None:
    assert metadata_of(b'{"source": "loop", "writes": {}, "a": {"b\\u0000": ["c\\u0000", NaN, 1.5]}}') == (
        '{"source": "loop", "a": {"b": ["c", null, 1.5]}}'
    )
    assert metadata_of(None) == "{}"


def test_what_another_serializer_wrote() -> None:
    with pytest.raises(CannotMove, match="stored as pickle"):
        Parting().part("pickle", b"")
