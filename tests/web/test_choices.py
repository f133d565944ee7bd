"""Options of selects that may have hundreds."""

from django.template import engines
from django.utils.translation import gettext_lazy, override


def options(choices: object, chosen: str) -> str:
    template = engines["django"].from_string("{% load choices %}{% options choices chosen %}")
    return template.render({"choices": choices, "chosen": chosen})


def test_it_works() -> None:
    shown = options([("ada", "Ada Byron"), ("ben", "Ben")], "ben")

    assert shown == '<option value="ada">Ada Byron</option><option value="ben" selected>Ben</option>'


def test_none_is_chosen_and_there_are_none() -> None:
    assert "selected" not in options([("ada", "Ada")], "nobody")
    assert options([], "ada") == ""


def test_markup_stays_text() -> None:
    shown = options([('"><script>', "<script>'&")], '"><script>')

    assert shown == '<option value="&quot;&gt;&lt;script&gt;" selected>&lt;script&gt;&#x27;&amp;</option>'


def test_a_label_is_in_the_language_of_its_reader() -> None:
    choices = [("system", gettext_lazy("Name"))]
    with override("de"):
        told = str(choices[0][1])
        assert options(choices, "") == f'<option value="system">{told}</option>'
