"""Switching profiles never loses an edit."""

import shutil
from pathlib import Path

import pytest

from pipelines import profile

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    shutil.copy(ROOT / "params/laptop.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_profile_is_copied(folder: Path) -> None:
    assert profile.main(["hour"]) == 0
    assert (folder / "params.yaml").read_bytes() == (folder / "params/hour.yaml").read_bytes()


def test_unknown_profile_names_those_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert profile.main(["houre"]) == 1
    said = capsys.readouterr().err
    assert (
        said
        == "error: profile must be one of ablation, hour, laptop, paper, recipes, released, ruler, "
        "small, got 'houre'\n"
    )


def test_edits_are_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited = (folder / "params.yaml").read_text().replace("steps: 500", "steps: 501")
    (folder / "params.yaml").write_text(edited)
    assert profile.main(["hour"]) == 1
    assert "holds edits" in capsys.readouterr().err
    assert (folder / "params.yaml").read_text() == edited
