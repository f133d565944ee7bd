"""What a langgraph.json may say beside its graphs: read into typed sections, refused by name where it is wrong."""

from typing import Any

import pytest

from assistants_app.domain.errors import InvalidGraphsConfig
from assistants_app.graphs.config_file import GraphsConfig, read_config
from tests.graphs.conftest import Project


def config(project: Project, **more: Any) -> GraphsConfig:
    project.echo("agent.py", "graph = builder")
    project.file("own.py", "auth = app = None")
    return read_config(project.config({"agent": "./agent.py:graph"}, **more))


def test_it_works(project: Project) -> None:
    found = config(
        project,
        auth={"path": "./own.py:auth", "openapi": {"security": []}},
        http={"app": "./own.py:app", "cors": {"allow_origins": ["https://a.example"]}, "disable_store": True},
    )
    assert found.auth
    assert found.auth.path.path == project.folder / "own.py"
    assert found.auth.openapi == {"security": []}
    assert found.http.app
    assert found.http.app.name == "app"
    assert found.http.cors
    assert found.http.cors.allow_origins == ["https://a.example"]
    assert found.http.cors.allow_methods == ["*"]
    assert found.http.disable_store
    assert found.notes == ()


def test_nothing_of_it_need_be_there(project: Project) -> None:
    found = config(project, http=None, auth=None)
    assert found.auth is None
    assert found.http.cors is None
    assert not found.http.disable_store


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"auth": {"path": "./gone.py:auth"}}, "auth.path: There is no file"),
        ({"auth": {"path": "own.py"}}, 'auth.path: "own.py" lacks the name after a colon'),
        ({"auth": {}}, "auth.path: Field required"),
        ({"auth": "./own.py:auth"}, "auth: "),
        ({"http": {"app": 7}}, 'http.app: It must be a text like "./my_code.py:app"'),
        ({"http": {"app": "./app.ts:app"}}, "http.app: "),
        ({"http": {"disable_store": "yes"}}, "http.disable_store: "),
        ({"http": {"cors": {"allow_origins": "*"}}}, "http.cors.allow_origins: "),
        ({"http": {"cors": {"allow_origin_regex": "("}}}, "http.cors.allow_origin_regex: it is no regular expression"),
        ({"store": {"index": {"dims": 0, "embed": "openai:small"}}}, "store.index.dims: "),
        ({"store": {"index": {"dims": 3, "embed": "./gone.py:f"}}}, "store.index.embed: There is no file"),
        ({"store": {"index": {"dims": 3, "embed": "words"}}}, "store.index.embed: "),
        ({"store": {"ttl": {"default_ttl": 0}}}, "store.ttl.default_ttl: "),
        ({"store": {"ttl": {"sweep_interval_minutes": "often"}}}, "store.ttl.sweep_interval_minutes: "),
        ({"http": {"cors": {"max_age": -1}}}, "http.cors.max_age: "),
    ],
)
def test_what_is_wrong_is_named(project: Project, section: dict[str, Any], said: str) -> None:
    """None of it is passed over: it decides who gets in."""
    with pytest.raises(InvalidGraphsConfig) as refused:
        config(project, **section)
    assert refused.value.message.startswith(said)


@pytest.mark.parametrize(
    ("rules", "through"),
    [
        ({}, []),
        ({"includes": ["*"]}, ["x-tenant", "x-own-name"]),
        ({"includes": ["X-Own-*"]}, ["x-own-name"]),
        ({"include": ["*"], "exclude": ["x-own-*"]}, ["x-tenant"]),
        ({"includes": ["*", "authorization"], "excludes": ["*own*"]}, ["x-tenant", "authorization"]),
    ],
)
def test_headers_for_graphs(project: Project, rules: dict[str, Any], through: list[str]) -> None:
    """Secrets only where they are named in full."""
    found = config(project, http={"configurable_headers": rules}).http.configurable_headers
    names = ["x-tenant", "x-own-name", "x-api-key", "authorization", "cookie"]
    assert [name for name in names if found.lets_through(name)] == through


def test_how_long_threads_stay(project: Project) -> None:
    ttl = {"strategy": "keep_latest", "sweep_interval_minutes": 60, "default_ttl": 43200}
    found = config(project, checkpointer={"ttl": ttl, "serde": {"allowed_json_modules": [["a"]]}})
    assert found.checkpointer.ttl.model_dump() == ttl
    assert found.notes == ("Not supported, and passed over: checkpointer.serde.",)
    assert config(project).checkpointer.ttl.default_ttl is None
    for wrong in ({"default_ttl": 0}, {"strategy": "forget"}, {"sweep_interval_minutes": "5"}):
        with pytest.raises(InvalidGraphsConfig, match=f"^checkpointer.ttl.{next(iter(wrong))}: "):
            config(project, checkpointer={"ttl": wrong})


def test_the_store_is_searched_by_code_of_ones_own_or_by_a_provider(project: Project) -> None:
    def embed(text: str) -> Any:
        found = config(project, store={"index": {"dims": 3, "embed": text, "fields": ["a"]}, "odd": 1})
        assert found.notes == ("Not supported, and passed over: store.odd.",)
        assert found.store.index
        return found.store.index.embed

    assert embed("openai:text-embedding-3-small") == "openai:text-embedding-3-small"
    assert embed("./own.py:embed").path == project.folder / "own.py"
    assert (embed("package.module:embed").module, embed("package.module:embed").name) == ("package.module", "embed")
