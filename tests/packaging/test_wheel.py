"""What is installed is whole: code, rules, pages and words, and it answers outside of any checkout.

The archive is built from a copy, so nothing is left in the checkout and no old build folder can leak into the wheel. The fresh
environment borrows the libraries of this one through a .pth file: quick, and still the only `callcenter` it can see is the wheel.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
NOT_SOURCE = shutil.ignore_patterns(
    *(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "*.mo", "build", "dist", "var")
)


@pytest.fixture(scope="session")
def archives(tmp_path_factory):
    """The source archive and the wheel made from it."""
    source, made = tmp_path_factory.mktemp("source") / "callcenter", tmp_path_factory.mktemp("made")
    shutil.copytree(CHECKOUT, source, ignore=NOT_SOURCE)
    command([sys.executable, "-m", "build", "--no-isolation", "--outdir", made, source], cwd=made)
    return next(made.glob("*.tar.gz")), next(made.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(archives, tmp_path_factory):
    """The `bin` folder of a fresh environment into which the wheel is installed."""
    home = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(home)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    command([*pip, "install", "--quiet", "--no-deps", "--no-index", archives[1]], cwd=home)
    own = Path(command([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], cwd=home).strip())
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


def command(argv, cwd, **environ):
    """What the command printed; its last lines are the failure when it fails."""
    ours = ("CALLCENTER_", "DATABASE_", "PYTHON", "REDIS_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(list(map(str, argv)), cwd=cwd, env={**clean, **environ}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{argv}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def files(folder, pattern):
    """Files below that folder of the checkout."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob(pattern) if path.is_file()}


@pytest.mark.parametrize(
    ("folder", "inside", "pattern"),
    [
        ("callcenter", "callcenter", "*.py"),
        ("callcenter/static", "callcenter/static", "*"),
        ("callcenter/translations", "callcenter/translations", "*.po"),
        ("templates", "callcenter/templates", "*.html"),
        ("workflows", "callcenter/workflows", "*.toml"),
    ],
)
def test_the_wheel_holds_every_file_the_hotline_needs(archives, folder, inside, pattern):
    wanted = {f"{inside}/{name}" for name in files(CHECKOUT / folder, pattern)}
    with zipfile.ZipFile(archives[1]) as wheel:
        assert wanted
        assert sorted(wanted - set(wheel.namelist())) == []


def test_the_wheel_holds_nothing_else(archives):
    with zipfile.ZipFile(archives[1]) as wheel:
        tops = {name.partition("/")[0].partition("-")[0] for name in wheel.namelist()}
    assert tops == {"callcenter"}


def test_the_source_archive_holds_what_a_newcomer_types(archives):
    with tarfile.open(archives[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Procfile", "README.md", ".ci/run", "scripts/run", "scripts/test", "scripts/_environment", "tests/conftest.py"}
    wanted |= set(re.findall(r"docs/pictures/[\w-]+\.png", (CHECKOUT / "README.md").read_text()))
    assert sorted(wanted - names) == []


def test_building_leaves_nothing_in_the_checkout(archives):
    assert not (CHECKOUT / "build").exists()
    assert not (CHECKOUT / "dist").exists()


def test_installed_the_hotline_prepares_its_database_and_answers_far_from_any_checkout(installed, tmp_path):
    command([installed / "callcenter", "upgrade"], cwd=tmp_path, CALLCENTER_DATA=str(tmp_path / "data"))
    asked = """
import callcenter, sys
from callcenter.app import create_app
from callcenter.resources import folder
for place in (callcenter.__file__, folder("workflows"), folder("templates")):
    assert str(place).startswith(sys.prefix), place
caller = create_app().test_client()
health, page = caller.get("/healthz"), caller.get("/sign-in")
assert health.status_code == 200, health.text
assert page.status_code == 200 and '<html lang="zh' in page.text, page.text
print("answers")
"""
    said = command([installed / "python", "-c", asked], cwd=tmp_path, CALLCENTER_DATA=str(tmp_path / "data"))
    assert said.strip().endswith("answers")
