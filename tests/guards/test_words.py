"""The product speaks one language: one word for one thing, on the screen as in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.tree import PACKAGE, name_of, python_files, templates

OTHER_WORDS = {
    "graph": r"workflows?|pipelines?",
    "assistant": r"(?<!support )agents?|bots?|presets?",
    "version": r"revisions?|snapshots?",
    "live version": r"published|active version|default version",
    "change": r"deltas?|diffs?",
    "run": r"jobs?|tasks?",
    "stream event": r"chunks?",
    "relay": r"brokers?",
    "editor, operator, person": r"(?<!other )(?<!your )users?(?! agents?)",
}
"""The word of ARCHITECTURE, and what nobody says for it."""

SAID_ON_PURPOSE = {
    "Test: users are not affected",  # the people the assistant is for, who are none of ours
    "{task id: [interrupt, …]}: what it waits for.",  # a shape, by the engine's names
}
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext", "_lazy"}


def said_by_templates() -> Iterator[tuple[str, str]]:
    for path in templates():
        source = path.read_text()
        for text in re.findall(r"{%\s*(?:translate|trans)\s+(?:\"([^\"]*)\"|'([^']*)')", source):
            yield name_of(path), "".join(text)
        for text in re.findall(r"{%\s*blocktranslate\b.*?%}(.*?){%\s*endblocktranslate", source, re.DOTALL):
            yield name_of(path), re.sub(r"{{.*?}}|{%.*?%}", "", text)


def said_by_code() -> Iterator[tuple[str, str]]:
    for path in python_files(PACKAGE):
        if "examples" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
                yield from ((name_of(path), str(a.value)) for a in node.args[:2] if isinstance(a, ast.Constant))


def test_something_is_said() -> None:
    assert len(list(said_by_templates())) > 50
    assert len(list(said_by_code())) > 20


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_one_word_for_one_thing(word: str) -> None:
    pattern = re.compile(rf"\b(?:{OTHER_WORDS[word]})\b", re.IGNORECASE)
    said = [*said_by_templates(), *said_by_code()]
    wrong = [f"{place}: {text.strip()}" for place, text in said if pattern.search(_without_names(text))]

    assert not [text for text in wrong if not any(kept in text for kept in SAID_ON_PURPOSE)]


def _without_names(text: str) -> str:
    """Without what stands for a value: %(user)s, {user}, <code>user_id</code>."""
    return re.sub(r"%\(\w+\)[sd]|{\w*}|<code>.*?</code>", "", text)


def test_no_file_is_named_for_nothing() -> None:
    unsaid = {"utils", "helpers", "common", "core", "misc", "base", "tools"}

    assert not [name_of(path) for path in python_files(PACKAGE) if unsaid & {path.stem, path.parent.name}]


def test_every_test_asserts() -> None:
    asserting = re.compile(r"\bassert\b|raises|expect\(|\bcheck|fail\(|assert_")
    silent: list[str] = []
    for path in sorted(Path(__file__).parents[1].rglob("test_*.py")):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            if not asserting.search(ast.get_source_segment(source, node) or ""):
                silent.append(f"{name_of(path)}::{node.name}")

    assert not silent
