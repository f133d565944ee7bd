"""Texts: every character comes back, and what cannot be saved is said on its field."""

import pytest

from tests.domain.browser_form import Person, schema_of

TEXT = schema_of(prompt={"type": "string"}, name={"type": "string", "maxLength": 3})


def test_it_works() -> None:
    assert Person(TEXT).type("/prompt", "Be kind.").save().settings == {"prompt": "Be kind."}


def test_line_breaks_of_browsers_become_line_feeds() -> None:
    assert Person(TEXT).type("/prompt", "one\r\ntwo\r\n").save().settings == {"prompt": "one\ntwo\n"}


@pytest.mark.parametrize("text", ["  both ends  ", "\n\nleading", "tab\t", "\u00a0", "trailing\n\n", "a\rb", "a\r\nb"])
def test_nothing_is_stripped(text: str) -> None:
    assert Person(TEXT, {"prompt": text}).save().settings == {"prompt": text}


def test_a_text_of_several_lines_gets_lines() -> None:
    schema = schema_of(title={"type": "string"})
    assert Person(schema, {"title": "one"}).field("/title").widget == "text"
    assert Person(schema, {"title": "one\ntwo"}).field("/title").widget == "textarea"


def test_length_counts_code_points() -> None:
    assert Person(TEXT).type("/name", "👍👍👍").save().errors == ()
    assert Person(TEXT).type("/name", "abcd").errors() == {"/name": "Must have at most 3 characters; it has 4."}


def test_long_prompts() -> None:
    prompt = "línea de 100 kB\n" * 7000
    assert Person(TEXT).type("/prompt", prompt.replace("\n", "\r\n")).save().settings == {"prompt": prompt}


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d of a pair"])
def test_what_no_database_keeps_is_an_error_on_its_field(text: str) -> None:
    person = Person(TEXT, {"prompt": "before"}).type("/prompt", text)
    reading = person.save()
    assert [error.pointer for error in reading.errors] == ["/prompt"]
    assert "cannot be saved" in reading.errors[0].message
    assert reading.settings == {"prompt": "before"}
    assert person.field("/prompt").text.encode() == text.replace("\ud83d", "\ufffd").encode()


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "default": "one\ntwo"}, "textarea"),
        ({"type": "string", "default": "x" * 81}, "textarea"),
        ({"type": "string", "default": "x" * 80}, "text"),
        ({"type": "string", "x_oap_ui_config": {"type": "textarea"}}, "textarea"),
        ({"type": "string", "metadata": {"x_oap_ui_config": {"type": "textarea"}}}, "textarea"),
        ({"type": "string", "langgraph_type": "prompt"}, "prompt"),
        ({"type": ["string", "null"], "metadata": {"langgraph_type": "prompt"}}, "prompt"),
        ({"x_oap_ui_config": {"type": "text"}}, "text"),
    ],
)
def test_the_size_of_the_box(schema: dict[str, object], kind: str) -> None:
    assert Person(schema_of(field=schema)).field("/field").spec.kind == kind


@pytest.mark.parametrize(
    "key", ["prompt", "system_prompt", "instructions", "systemPrompt", "prompt_template", "system"]
)
def test_named_like_a_prompt(key: str) -> None:
    assert Person(schema_of(**{key: {"type": "string"}})).form.fields[0].spec.kind == "prompt"


def test_pattern_is_searched_anywhere() -> None:
    schema = schema_of(code={"type": "string", "pattern": "[0-9]{2}"})
    assert Person(schema).type("/code", "ab12cd").save().errors == ()
    assert Person(schema).type("/code", "ab").errors() == {"/code": "Must match the pattern [0-9]{2}"}


def test_ecma_pattern() -> None:
    schema = schema_of(name={"type": "string", "pattern": r"^\p{L}+$"})
    assert Person(schema).type("/name", "Zoë").save().errors == ()
    assert list(Person(schema).type("/name", "Zoë1").errors()) == ["/name"]


def test_a_pattern_that_takes_too_long_is_not_checked() -> None:
    schema = schema_of(name={"type": "string", "pattern": r"^(a|a|aa)+(b|c)+(a|a|aa)+\1$"})
    reading = Person(schema).type("/name", "a" * 5000 + "!").save()
    assert reading.errors == ()
    assert "takes too long" in reading.not_checked[0]


def test_a_pattern_nobody_can_read_is_not_checked() -> None:
    reading = Person(schema_of(name={"type": "string", "pattern": "(["})).type("/name", "x").save()
    assert reading.settings == {"name": "x"}
    assert "cannot read it" in reading.not_checked[0]


def test_decimal_keeps_its_literal() -> None:
    schema = schema_of(price={"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?\d*\.?\d*$"}]})
    assert Person(schema).field("/price").spec.kind == "text"
    assert Person(schema).type("/price", "12.50").save().settings == {"price": "12.50"}
    assert Person(schema, {"price": "1.10"}).save().settings == {"price": "1.10"}
    assert Person(schema, {"price": 1.1}).save().settings == {"price": 1.1}
    assert Person(schema, {"price": 1.1}).type("/price", "2.50").save().settings == {"price": 2.5}
    assert Person(schema).type("/price", "much").errors() == {"/price": "Write a number, such as 12.50."}


def test_examples_and_known_texts_are_suggested() -> None:
    schema = schema_of(
        city={"type": "string", "examples": ["Oslo", 3, "Rome"]},
        level={"anyOf": [{"enum": ["low", "high"]}, {"type": "string"}]},
    )
    person = Person(schema)
    assert person.field("/city").spec.suggestions == ("Oslo", "Rome")
    assert person.field("/level").spec.suggestions == ("low", "high")
    assert person.type("/level", "other").save().settings == {"level": "other"}


@pytest.mark.parametrize(
    ("key", "default", "suggested"),
    [
        ("model", None, True),
        ("query_model", "x", True),
        ("local_llm", None, True),
        ("writer", "openai:gpt-4.1", True),
        ("writer", "anthropic/claude-sonnet-4-5", True),
        ("embedding_model", "openai/text-embedding-3-small", False),
        ("title", "About: this", False),
    ],
)
def test_model_names(key: str, default: str | None, suggested: bool) -> None:
    part = {"type": "string"} if default is None else {"type": "string", "default": default}
    assert Person(schema_of(**{key: part})).form.fields[0].spec.suggests_models is suggested
