"""Nothing that people read escapes translation: no sentence in the code stands outside gettext."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.guards.tree import PACKAGE, name_of, python_files

ROOMS = ("domain", "services", "web")
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext"}

PROSE = re.compile(r"[A-Za-z]{2,}[,.;:]? [A-Za-z]| [A-Za-z]{2,}|[A-Za-z]{2,} ")
"""A word beside another one, or beside a value."""

NO_PROSE = re.compile(r"[\w.\[\]]+ \| None|.*; charset=.*|noopener noreferrer nofollow|.*<[^>]* .*|\" target=.*")
"""Types, headers and HTML, which translators must not see."""

SAID_TO_PROGRAMMERS = {
    "Exceeds the limit",  # the beginning of a message of Python's own
    " is not allowed for ",  # a ValueError that no page lets happen
    " is no id of an event.",  # to programs, as all the API says
    "review %s could not go live: %s",  # in the log
    "cron %s (%s) could not begin its run: %s",  # in the log
    "cron %s comes no more: %s",  # in the log
    'get_client(url="{url}",\n           api_key="{key}…")',
    "User rejected the tool call",  # the beginning of a message of LangChain's own
    "signing in by %s failed: %s",
    "Bearer ",
    "userinfo: sub",
    "TAG ",  # the mark of a character without a shape
    " selected",  # an attribute of HTML
}


def _marked(tree: ast.Module) -> set[ast.AST]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return {argument for call in calls if call.func.id in MARKS for argument in call.args}  # type: ignore[attr-defined]


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    """What is written for programmers: also the texts below an attribute."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def unmarked(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    passed_over = _marked(tree) | _docstrings(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node in passed_over:
            continue
        text = node.value
        if PROSE.search(text) and not NO_PROSE.fullmatch(text) and text not in SAID_TO_PROGRAMMERS:
            yield text


def test_every_sentence_can_be_translated() -> None:
    found = [
        f"{name_of(path)}: {text}"
        for path in python_files(*(PACKAGE / room for room in ROOMS))
        for text in unmarked(path.read_text())
    ]

    assert not found


def test_an_unmarked_sentence_is_seen() -> None:
    source = (
        'A = "Write a date"\nB = _("Fine it is")\ndef f():\n    """Not for people."""\n    return f"No {A} was found"\n'
    )

    assert list(unmarked(source)) == ["Write a date", "No ", " was found"]


def test_nothing_is_translated_at_import() -> None:
    """Then nobody reads yet, and the first language would stay."""
    found = []
    for path in python_files(PACKAGE):
        for name, line in _at_import(path):
            found.append(f"{name_of(path)}:{line}: {name}")

    assert not found


def _at_import(path: Path) -> Iterator[tuple[str, int]]:
    """Calls of gettext outside of functions."""
    tree = ast.parse(path.read_text())
    lazy = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.endswith(("_lazy", "_noop"))
    }
    parts: list[ast.AST] = [tree]
    while parts:
        node = parts.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS - lazy:
            yield node.func.id, node.lineno
        parts.extend(ast.iter_child_nodes(node))
