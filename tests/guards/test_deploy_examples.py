"""The examples of deployment name what there is: commands, options, settings, files."""

import re
import shlex
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import load_command_class

from tests.guards.test_settings_documented import settings
from tests.guards.tree import PACKAGE, ROOT

FOLDER = PACKAGE / "examples" / "deploy"
OF_OTHERS = {"FORWARDED_ALLOW_IPS"}
"""Read by uvicorn."""

COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "assistants"}
UNITS = sorted(FOLDER.glob("*.service"))


def unit(path: Path) -> ConfigParser:
    read = ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(path.read_text())
    return read


def parse(command: list[str]) -> dict[str, Any]:
    """What a command of ours makes of its options. Raises CommandError."""
    name, *arguments = command
    app = "django.core" if name == "migrate" else "assistants_app"
    parser = load_command_class(app, name).create_parser("assistants", name)
    return vars(parser.parse_args(arguments))


def environment() -> dict[str, str]:
    lines = (FOLDER / "environment").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and line[0] != "#")


def test_commands_and_processes_use_one_folder() -> None:
    assert environment()["ASSISTANTS_DATA"] == "/var/lib/assistants"
    for path in UNITS:
        service = unit(path)["Service"]
        assert service["StateDirectory"] == "assistants"
        assert "--data" not in service["ExecStart"]


def test_there_is_something() -> None:
    assert set(OURS) == {"migrate", "web", "worker"}
    assert [path.name for path in UNITS] == ["assistants-web@.service", "assistants-worker@.service"]


@pytest.mark.parametrize("name", OURS)
def test_services_of_the_compose_file(name: str) -> None:
    service = OURS[name]

    assert parse(service["command"])
    assert set(service["environment"]) <= settings() | OF_OTHERS
    assert (FOLDER / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    for other, wanted in service["depends_on"].items():
        assert wanted["condition"] in {"service_healthy", "service_completed_successfully"}
        assert other in COMPOSE["services"]


def test_the_database_has_connections_enough() -> None:
    """For as many processes as the head of the file speaks of, each with all that it may open (README)."""
    readme, head = (ROOT / "README.md").read_text(), (FOLDER / "compose.yaml").read_text()
    each = re.search(r"up to (\d+) connections for each worker and (\d+) for each serving process", readme)
    scaled = re.search(r"--scale web=(\d+) --scale worker=(\d+)", head)
    most = re.search(r"max_connections=(\d+)", COMPOSE["services"]["database"]["command"][-1])
    assert each
    assert scaled
    assert most

    worker, web = map(int, each.groups())
    webs, workers = map(int, scaled.groups())
    assert web * webs + worker * workers < int(most[1])


def test_nginx_asks_anew_where_the_processes_are() -> None:
    """Compose starts it again with those that serve: it looks the name up once, at its start."""
    assert COMPOSE["services"]["proxy"]["depends_on"]["web"]["restart"] is True


def test_no_secret_has_a_default() -> None:
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)(.*?)\}", (FOLDER / "compose.yaml").read_text())

    assert {name for name, _rest in secrets} == {"POSTGRES_PASSWORD", "SECRET_KEY"}
    assert {rest for _name, rest in secrets} == {":?"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_of_systemd(path: Path) -> None:
    program, *command = shlex.split(unit(path)["Service"]["ExecStart"].replace("%i", "8001"))

    assert Path(program).name == "assistants"
    assert parse(command)
    assert unit(path)["Service"]["EnvironmentFile"] == "/etc/assistants/environment"


def test_the_environment_of_systemd() -> None:
    assert set(environment()) <= settings()
    assert environment()["ASSISTANTS_ENGINE"] == "distributed"


def test_the_image_is_made_of_what_is_there() -> None:
    dockerfile = (FOLDER / "Dockerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE) for name in line.split()]
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text().split()

    assert len(copied) == 8
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {f"!{name}" for name in copied} <= set(ignored)
    assert "/api/ok" in dockerfile


def test_nginx_holds_no_stream_back() -> None:
    told = (FOLDER / "nginx.conf").read_text()

    assert "proxy_buffering off;" in told
    assert "proxy_set_header X-Forwarded-Proto" in told


def test_nobody_tells_where_they_come_from() -> None:
    """Uvicorn takes the first address of the header where it believes every proxy, as in the compose file."""
    told = (FOLDER / "nginx.conf").read_text()

    assert re.findall(r"proxy_set_header X-Forwarded-For ([^;]+);", told) == ["$remote_addr"]
