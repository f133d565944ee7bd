"""The wheel holds everything: installed elsewhere, `assistants serve` is the same site."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.commands.served import ROOT, Served


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    code = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (made,) = folder.glob("*.whl")
    return made


def test_what_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("templates", "static"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert f"assistants_app/{path.relative_to(ROOT).as_posix()}" in names
    assert {"assistants_app/examples/langgraph.json", "assistants_app/examples/assistants.json"} <= names
    assert "assistants_app/py.typed" in names
    assert {name.partition("/")[0] for name in names} == {"assistants_app", wheel.name.rsplit("-", 3)[0] + ".dist-info"}
    assert not [name for name in names if name.endswith((".pyc", ".sqlite3"))]


def test_it_serves_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, which borrows what the wheel depends on from this one."""
    venv.create(tmp_path / "venv", with_pip=True, symlinks=os.name == "posix")
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", code], text=True).strip())
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    here = tmp_path / "somewhere"
    here.mkdir()
    where = subprocess.check_output(
        [python, "-c", "import assistants_app as a; print(a.__file__)"], text=True, cwd=here
    )
    assert Path(where.strip()).is_relative_to(packages)
    with Served(folder=here, command=[str(programs / "assistants")], PYTHONPATH="") as site:
        assert "writer, support (the bundled examples)" in site.said
        assert site.get("/api/ok")[0] == 200
        status, _headers, page = site.get("/sign-in/")
        assert status == 200
        files = re.findall(r'"(/static/[^"]+)"', page.decode())
        assert files
        for path in files:
            assert site.get(path)[0] == 200, path
        assert site.stop() == 0
    assert [path.name for path in here.iterdir()] == [".assistants"]
