"""The OpenAPI document: complete, valid, and true to what the operations take."""

import json
import re

import httpx
from jsonschema import Draft202012Validator

from assistants_app.api.description.openapi import document
from assistants_app.api.description.own_fields import MARK
from assistants_app.api.operations import OPERATIONS
from assistants_app.api.urls import urlpatterns


def test_it_works(api_url: str) -> None:
    told = httpx.get(api_url + "/openapi.json").json()
    assert told["servers"] == [{"url": "/api"}]
    assert {(method.upper(), path) for path, one in told["paths"].items() for method in one} == {
        key for key, one in OPERATIONS.items() if not one.hidden
    }


def test_every_schema_is_one_and_is_there() -> None:
    schemas = document()["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document())))
    assert used == set(schemas)


def test_every_file_of_operations_is_loaded() -> None:
    assert len(urlpatterns) > 20


def test_names_are_unique() -> None:
    names = [one.name for one in OPERATIONS.values() if not one.hidden]
    assert len(names) == len(set(names))


def test_every_error_has_one_shape() -> None:
    for path, methods in document()["paths"].items():
        for method, one in methods.items():
            if OPERATIONS[method.upper(), path].refusal is not None:  # a protocol has a shape of its own beside it
                continue
            errors = {status: answer for status, answer in one["responses"].items() if status >= "400"}
            assert "500" in errors
            for status, answer in errors.items():
                if "content" in answer:
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Error"}, (method, path, status)
    assert document()["components"]["schemas"]["Error"]["required"] == ["detail"]


def test_what_needs_a_key_says_so() -> None:
    paths = document()["paths"]
    assert paths["/ok"]["get"]["security"] == []
    assert paths["/assistants"]["post"]["security"] == [{"ApiKey": []}, {"Bearer": []}]
    assert "401" in paths["/assistants"]["post"]["responses"]
    assert "401" not in paths["/ok"]["get"]["responses"]


def test_fields_of_our_own_are_marked() -> None:
    note = document()["components"]["schemas"]["AssistantCreate"]["properties"]["note"]
    assert note[MARK] is True
    assert note["description"]
