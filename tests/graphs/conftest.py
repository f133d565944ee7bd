"""A folder with graphs and a langgraph.json of one's own, and no trace of them afterwards."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from assistants_app.graphs.catalog import Catalog

ECHO = """
from langgraph.graph import END, START, MessagesState, StateGraph

def echo(state: MessagesState):
    return {"messages": [("ai", "echo: " + state["messages"][-1].text)]}

builder = StateGraph(MessagesState).add_node("echo", echo).add_edge(START, "echo").add_edge("echo", END)
"""
"""The beginning of a graph's file: `builder` is a StateGraph that answers "echo: <the message>"."""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, path: str, *parts: str) -> Path:
        """Writes a file, its parts without their common indentation."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(dedent(part) for part in parts), encoding="utf-8")
        return target

    def echo(self, path: str, *parts: str) -> Path:
        return self.file(path, ECHO, *parts)

    def config(self, graphs: dict[str, Any], **more: Any) -> Path:
        return self.file("langgraph.json", json.dumps({"graphs": graphs, **more}))

    def catalog(self, graphs: dict[str, Any], *, seconds: float = 30, **more: Any) -> Catalog:
        """A loaded catalog of these graphs; `more` are further keys of the langgraph.json."""
        catalog = Catalog(self.config(graphs, **more), import_seconds=seconds)
        catalog.load_all()
        return catalog


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    path, modules, variables = list(sys.path), set(sys.modules), dict(os.environ)
    yield Project(tmp_path)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(tmp_path)) or name.startswith("graph_file_"):
            del sys.modules[name]
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)
