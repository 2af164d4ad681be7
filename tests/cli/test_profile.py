"""Switching profiles never loses an edit, and puts the lock in place that belongs to it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from memnet.params.composing import compose

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "params", tmp_path / "params", ignore=shutil.ignore_patterns("*.lock"))
    shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_profile_is_composed(folder: Path, said: Callable[..., str]) -> None:
    assert "params.yaml is now profile hour" in said("profile", "hour")
    assert (folder / "params.yaml").read_text() == compose("hour")


def test_unknown_profile_names_those_there_are(folder: Path, told: Callable[..., str]) -> None:
    assert told("profile", "houre") == (
        "profile must be one of ablation, benchmark, frontier, hour, laptop, paper, recipes, "
        "small, got 'houre'"
    )


def test_edits_are_not_overwritten(folder: Path, told: Callable[..., str]) -> None:
    edited = (folder / "params.yaml").read_text().replace("steps: 300", "steps: 301")
    (folder / "params.yaml").write_text(edited)
    assert "holds edits" in told("profile", "hour")
    assert (folder / "params.yaml").read_text() == edited


def test_a_lock_is_put_in_place_where_the_profile_changes(
    folder: Path, said: Callable[..., str]
) -> None:
    (folder / "dvc.lock").write_text("of here")
    (folder / "params/laptop.lock").write_text("committed, laptop")
    (folder / "params/hour.lock").write_text("committed, hour")
    said("profile", "laptop")
    assert (folder / "dvc.lock").read_text() == "of here"
    said("profile", "hour")
    assert (folder / "dvc.lock").read_text() == "committed, hour"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("profile: mine\nbudget: b\ntable: {}\n", "table is not a known key"),
        ("profile: mine\nbudget: b\ngrid: 3\n", "does not fit base.yaml"),
        ("profile: mine\n", "budget"),
        ("profile: [\n", "is not valid YAML"),
    ],
)
def test_a_faulty_profile_is_told(
    folder: Path, told: Callable[..., str], text: str, sentence: str
) -> None:
    (folder / "params/mine.yaml").write_text(text)
    assert sentence in told("profile", "mine")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  denoise-bsd200-half:", "  denoise-bsd200-haf:", "benchmarks has denoise-bsd200-haf"),
        ("  m6r6-ns: *short", "  m6r6ns: *short", "networks has m6r6ns"),
        ("profile: hour", "profile: huor", "profile must be mine, as the file is called"),
    ],
)
def test_what_a_profile_would_not_use_is_a_slip(
    folder: Path, told: Callable[..., str], old: str, new: str, sentence: str
) -> None:
    text = (folder / "params/hour.yaml").read_text()
    assert old in text
    mine = text.replace(old, new).replace("profile: hour", "profile: mine")
    (folder / "params/mine.yaml").write_text(mine)
    assert sentence in told("profile", "mine")


def test_a_profile_that_was_edited_is_composed_anew(folder: Path, said: Callable[..., str]) -> None:
    laptop = folder / "params/laptop.yaml"
    laptop.write_text(laptop.read_text().replace("steps: 300", "steps: 301"))
    said("profile", "laptop")
    assert "steps: 301" in (folder / "params.yaml").read_text()


def test_a_folder_without_profiles_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Callable[..., str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told("profile", "laptop") == "params/ holds no profile: run this in the project's folder"
