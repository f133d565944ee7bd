"""An installed wheel is the whole product: it works outside a checkout, and brings nothing along."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.guards.tree import ROOT, STATIC, TEMPLATES, tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_it_holds_the_product_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    shown = {
        f"assistants_app/{path.relative_to(ROOT)}" for folder in (TEMPLATES, STATIC) for path in folder.rglob("*.*")
    }
    code = {name for name in tracked() if name.startswith("assistants_app/") and (ROOT / name).is_file()}

    assert shown | code <= names
    assert {"assistants_app/examples/langgraph.json", "assistants_app/py.typed"} <= names
    assert not [name for name in names if not name.startswith("assistants_app/") or "__pycache__" in name]


def test_it_works_outside_a_checkout(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(place)
    code = (
        "import sys, assistants_app\n"
        f"assert assistants_app.__file__.startswith({str(place)!r})\n"
        "from django.core.management import call_command\n"
        "import django; django.setup()\n"
        "call_command('check'); call_command('migrate', verbosity=0)\n"
        "from django.template.loader import get_template; get_template('base.html')\n"
        "from django.contrib.staticfiles.finders import find; assert find('css/base.css')\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANTS")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=environment
        | {
            "ASSISTANTS_DATA": str(tmp_path / "data"),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "assistants_app.settings",
            "PYTHONPATH": str(place),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_its_command_is_there(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    entry_points = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))

    assert "assistants = assistants_app.__main__:main" in archive.read(entry_points).decode()
