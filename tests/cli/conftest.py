"""The command `memnet` in a project folder: what it prints, and what it says of a fault."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memnet.cli import app, main
from tests.projects import make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the dataset `tiny`; it is the working folder."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("COLUMNS", "120")  # of a table
    return make_project(tmp_path, monkeypatch)


@pytest.fixture
def said(project: Path) -> Callable[..., str]:
    """What `memnet ...` prints when all is well."""

    def output(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        return result.stdout

    return output


@pytest.fixture
def told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """The sentence of `memnet ...`, the one line on stderr beside exit code 1."""

    def sentence(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["memnet", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 1
        error = capfd.readouterr().err
        assert error.startswith("error: ")
        assert error.endswith("\n") and error.count("\n") == 1
        return error.removeprefix("error: ").removesuffix("\n")

    return sentence
