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


def test_what_was_made_before_is_not_shown_for_others() -> None:
    assert "Ada</option>" in options([("ada", "Ada")], "")
    assert "Ada Byron</option>" in options([("ada", "Ada Byron")], "")
    assert "selected" in options([("ada", "Ada")], "ada")


def test_a_label_is_in_the_language_of_its_reader() -> None:
    choices = [("system", gettext_lazy("Search"))]
    shown = {}
    for language in ("en", "de"):
        with override(language):
            shown[language] = options(choices, "")
            assert shown[language] == f'<option value="system">{choices[0][1]}</option>'
    assert shown["en"] != shown["de"]
