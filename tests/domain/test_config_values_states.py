"""Absent is not null is not a value: the first rule of forms."""

from assistants_app.domain.config_values import bind, form_data
from assistants_app.domain.form_spec import read_schema
from tests.domain.browser_form import Person, schema_of

HEAT = {"type": "number", "default": 0.7}
MAYBE = {"anyOf": [{"type": "number"}, {"type": "null"}], "default": 0.7}


def test_it_works() -> None:
    person = Person(schema_of(heat=HEAT))
    field = person.field("/heat")
    assert (field.state, field.is_default, field.spec.default_note) == ("default", True, "Graph default: 0.7")
    person.press("override:/heat")
    assert person.field("/heat").text == "0.7"
    assert person.save().settings == {"heat": 0.7}
    assert person.type("/heat", "0.9").save().settings == {"heat": 0.9}


def test_no_default_is_saved_that_nobody_chose() -> None:
    schema = schema_of(heat=HEAT, text={"type": "string", "default": "x"}, flag={"type": "boolean", "default": True})
    assert Person(schema).save().settings == {}


def test_reset_takes_the_value_away() -> None:
    person = Person(schema_of(heat=HEAT), {"heat": 0.2})
    assert person.field("/heat").can_reset
    assert person.press("reset:/heat").save().settings == {}


def test_null_is_a_value_of_its_own() -> None:
    person = Person(schema_of(heat=MAYBE))
    assert person.press("null:/heat").save().settings == {"heat": None}
    assert Person(schema_of(heat=MAYBE), {"heat": None}).field("/heat").state == "null"
    assert Person(schema_of(heat=MAYBE), {"heat": None}).press("override:/heat").save().settings == {"heat": 0.7}


def test_null_default_is_said_in_words() -> None:
    spec = read_schema(schema_of(heat={"anyOf": [{"type": "number"}, {"type": "null"}], "default": None}))
    assert spec.fields[0].default_note == "Graph default: Empty (null)"
    assert spec.fields[0].nullable


def test_a_field_without_a_default_is_open_and_blank_means_absent() -> None:
    person = Person(schema_of(name={"type": "string"}, count={"type": "integer"}, kind={"enum": ["a", "b"]}))
    assert {field.state_token for field in person.form.fields} == {"auto"}
    assert person.field("/name").spec.default_note == "Decided by the graph"
    assert person.save().settings == {}
    person.type("/name", "x").type("/count", "3").type("/kind", "1")
    assert person.save().settings == {"name": "x", "count": 3, "kind": "b"}


def test_blank_on_purpose_is_a_value() -> None:
    person = Person(schema_of(name={"type": "string"}), {"name": "x"})
    assert person.type("/name", "").save().settings == {"name": ""}


def test_a_suggestion_of_the_author_is_not_a_default() -> None:
    hinted = {"type": "string", "x_oap_ui_config": {"type": "text", "default": "suggested"}}
    person = Person(schema_of(name=hinted))
    assert person.field("/name").spec.default_note == "Decided by the graph"
    assert person.save().settings == {}
    assert person.press("override:/name").save().settings == {"name": "suggested"}


def test_boolean_absent_is_not_false() -> None:
    person = Person(schema_of(flag={"type": "boolean", "default": True}))
    assert person.save().settings == {}
    person.press("override:/flag")
    assert person.field("/flag").checked
    assert person.type("/flag").save().settings == {"flag": False}


def test_boolean_without_a_default_has_two_radios() -> None:
    person = Person(schema_of(flag={"type": "boolean"}))
    assert person.field("/flag").widget == "radio"
    assert person.save().settings == {}
    assert person.type("/flag", "false").save().settings == {"flag": False}


def test_nullable_boolean_is_three_way() -> None:
    schema = schema_of(flag={"type": ["boolean", "null"], "default": True})
    assert Person(schema).save().settings == {}
    assert Person(schema).press("null:/flag").save().settings == {"flag": None}
    assert Person(schema, {"flag": False}).save().settings == {"flag": False}


def test_required_and_blank_is_an_error() -> None:
    schema = schema_of(["name"], name={"type": "string"}, other={"type": "string", "default": "x"})
    assert Person(schema).errors() == {"/name": "Fill this in."}
    person = Person(schema, {"name": "x"}).type("/name", "")
    assert person.errors() == {"/name": "Fill this in."}
    assert person.field("/name").text == ""


def test_required_and_blank_is_fine_when_blank_is_stored_or_the_default() -> None:
    schema = schema_of(["name"], name={"type": "string"}, other={"type": "string", "default": "x"})
    assert Person(schema, {"name": ""}).save().errors == ()
    schema["properties"]["name"]["default"] = ""
    assert Person(schema).press("override:/name").save() == Person(schema, {"name": ""}).save()


def test_required_and_nullable_takes_null() -> None:
    schema = schema_of(["name"], name={"type": ["string", "null"]}, other={"type": "string", "default": "x"})
    assert Person(schema).press("null:/name").save().settings == {"name": None}


def test_typed_dict_warns_and_does_not_block() -> None:
    schema = schema_of(["model", "user"], model={"type": "string"}, user={"type": "string"})
    person = Person(schema)
    assert person.errors() == {}
    left = "Not set: the graph's own default applies, if it has one."
    assert person.warnings() == {"/model": left, "/user": left}
    assert person.field("/model").warnings == (left,)
    assert Person(schema, lenient=False).errors() == {"/model": "Fill this in.", "/user": "Fill this in."}


def test_unknown_keys_stay_and_are_shown() -> None:
    stored = {"heat": 1, "__defaultValues": {"heat": 2}, "gone_api_key": "sk-1"}
    person = Person(schema_of(heat=HEAT), stored)
    assert person.save().settings == stored
    assert person.form.other["__defaultValues"] == {"heat": 2}
    assert "sk-1" not in repr(person.form.other)


def test_a_field_that_was_not_posted_keeps_its_value() -> None:
    person = Person(schema_of(heat=HEAT, flag={"type": "boolean"}, tags={"type": "array", "items": {"type": "string"}}))
    person.stored = {"heat": 1, "flag": True, "tags": ["a"]}
    person.data = {}
    assert person.save().settings == person.stored


def test_forms_with_prefixes_do_not_mix() -> None:
    schema = schema_of(heat=HEAT)
    first, second = Person(schema, {"heat": 1}, prefix="a"), Person(schema, {"heat": 2}, prefix="b")
    page = {**first.data, **second.data}
    assert set(first.data).isdisjoint(second.data)
    first.data = second.data = page
    assert first.type("a/heat", "5").save().settings == {"heat": 5}
    assert second.save().settings == {"heat": 2}
    assert second.press("reset:b/heat").save().settings == {}


def test_hidden_and_read_only_are_kept_whatever_is_posted() -> None:
    schema = schema_of(
        secretly={"type": "string", "x_oap_ui_config": {"type": "hidden"}}, fixed={"type": "string", "readOnly": True}
    )
    person = Person(schema, {"secretly": "a", "fixed": "b"})
    assert not {"/secretly", "/fixed"} & set(person.data)
    person.type("/secretly", "x").type("/fixed", "x").type("/fixed#state", "default")
    assert person.save().settings == {"secretly": "a", "fixed": "b"}


def test_names_are_pointers() -> None:
    spec = read_schema(
        schema_of(**{"a/b": {"type": "string"}, "c~d": {"type": "string"}, "e#state": {"type": "string"}})
    )
    form = bind(spec, {})
    assert [field.pointer for field in form.fields] == ["/a~1b", "/c~0d", "/e#state"]
    assert [field.name for field in form.fields] == ["/a~1b", "/c~0d", "/e~2state"]
    assert form_data(form)["/e~2state#state"] == ["auto"]
