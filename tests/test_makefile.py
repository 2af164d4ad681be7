"""The Makefile, in folders with the names that users give them; the programs are stand-ins."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = ["plain", "my project (1)", "Fotos für é & [2]", "it's"]
TARGETS = ["repro", "test", "soak", "speed", "lint", "ui", "profile"]
STAND_IN = r"""#!/bin/sh
test "$*" = "cache dir" && echo "$CACHE"
echo "$(basename "$0") $(echo "$*" | tr '\n' ' ')" >> "$LOG"
"""
# Of Python: makes the environment that `-m venv` is asked for.
PYTHON = r"""#!/bin/sh
echo "$(basename "$0") $(echo "$*" | tr '\n' ' ')" >> "$LOG"
case "$*" in
  "-m venv"*)
    case "$*" in *--clear*) rm -rf .venv;; esac
    mkdir -p .venv/bin
    for name in python memnet dvc pytest ruff mypy mlflow; do cp "$STAND_IN" .venv/bin/$name; done;;
esac
"""


def made(folder: Path, *arguments: str, user: Sequence[str] = ()) -> list[str]:
    """What was run, a line a program, when `make` was asked for something.

    `user` begins the command, to run it as somebody else.
    """
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name, text in (("python3", PYTHON), ("stand-in", STAND_IN)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    log = folder.parent / "log"
    log.write_text("")
    log.chmod(0o666)
    cache = folder / ".dvc/cache"
    variables = {"PATH": f"{tools}:{os.environ['PATH']}", "LOG": str(log), "CACHE": str(cache)}
    subprocess.run(
        [*user, "make", "-C", folder, *arguments], check=True, capture_output=True, timeout=60,
        env={**os.environ, **variables, "STAND_IN": str(tools / "stand-in")},
    )  # fmt: skip
    return [line.rstrip() for line in log.read_text().splitlines()]


@pytest.fixture(params=NAMES)
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A project of nothing but its Makefile and what an install reads."""
    folder = tmp_path / request.param
    folder.mkdir()
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def test_every_target_works_and_installs_once(folder: Path) -> None:
    ran = [made(folder, target) for target in TARGETS]
    installed = ["python3"] * 2 + ["python"] * 2
    assert [line.split()[0] for line in ran[0][:4]] == installed
    assert ran[0][4:] == ["memnet mend", "dvc cache dir", "dvc repro", "memnet changes"]
    assert ran[0][1] == "python3 -m venv .venv"
    first = [lines[0].split()[0] for lines in ran[1:]]
    assert first == ["pytest", "pytest", "pytest", "ruff", "mlflow", "memnet"]


def test_an_environment_that_was_moved_is_made_anew(folder: Path) -> None:
    made(folder, "lint")
    moved = folder.with_name(f"moved {folder.name}")
    folder.rename(moved)
    assert "python3 -m venv --clear .venv" in made(moved, "lint")
    assert made(moved, "lint")[0] == "ruff check ."


def test_an_environment_is_brought_up_to_a_newer_lock(folder: Path) -> None:
    made(folder, "lint")
    os.utime(folder / "requirements.lock", (2e9, 2e9))
    assert "python3 -m venv .venv" in made(folder, "lint")


def test_the_port_of_the_ui_can_be_chosen(folder: Path) -> None:
    assert made(folder, "ui", "PORT=5001")[-1].endswith(" --host 127.0.0.1 --port 5001")


def test_a_cache_that_cannot_be_written_hinders_no_report() -> None:
    """DVC refuses to end a stage whose outputs it cannot store, unless it is told not to."""
    nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
    if os.geteuid() != 0:
        nobody = []
    elif shutil.which("setpriv") is None:
        pytest.skip("needs setpriv of util-linux, as root may write everywhere")
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "project"
        for place in (folder.parent, folder, folder / ".dvc", folder / ".dvc/cache"):
            place.mkdir(exist_ok=True)
            place.chmod(0o755)
        for name in ("Makefile", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        assert made(folder, "repro", user=())[-2] == "dvc repro"
        (folder / ".dvc/cache").chmod(0o555)
        assert made(folder, "repro", user=nobody)[-2] == "dvc repro --no-commit"
        (folder / ".dvc/cache").chmod(0o755)
