"""What a killed DVC leaves: taken away where it is empty, and nothing else."""

import subprocess
from pathlib import Path

import pytest
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from ruamel.yaml import YAML

from memnet.cli import mend


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_empty_lock_and_empty_folders_go(capsys: pytest.CaptureFixture[str]) -> None:
    mend.LOCK.parent.mkdir(parents=True)
    mend.LOCK.touch()
    empty, full = mend.RUN_CACHE / "ab/abcd", mend.RUN_CACHE / "ab/abef"
    for folder in (empty, full):
        folder.mkdir(parents=True)
    (full / "1234").write_text("cmd: python\n")
    mend.mend()
    assert capsys.readouterr().out.splitlines() == [
        f"{path} was left empty by a DVC that was killed: removed" for path in (mend.LOCK, empty)
    ]
    assert not mend.LOCK.exists() and not empty.exists()
    assert (full / "1234").read_text() == "cmd: python\n"


def test_a_lock_that_is_held_stays(capsys: pytest.CaptureFixture[str]) -> None:
    mend.LOCK.parent.mkdir(parents=True)
    mend.LOCK.write_text("{}")
    mend.mend()
    assert mend.LOCK.read_text() == "{}"
    assert capsys.readouterr().out == ""


HEAD = "schema: '2.0'\nstages:\n"
STAGE = "  {}:\n    cmd: python\n    deps:\n    - path: a\n      md5: abc\n"


def test_a_file_of_stages_that_was_cut_short_is_one_again() -> None:
    whole = HEAD + STAGE.format("x") + STAGE.format("y@z")
    for length in range(len(HEAD + STAGE.format("x")) + 1, len(whole)):
        mend.STAGES.write_text(whole[:length])
        mend.mend()
        locked = COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(mend.STAGES))
        assert locked["stages"]["x"] == {"cmd": "python", "deps": [{"path": "a", "md5": "abc"}]}


@pytest.mark.parametrize("left", ["", "schema: '2.0'\n", HEAD, HEAD + "  x:\n    cmd: py"])
def test_a_file_without_a_whole_stage_goes(left: str, capsys: pytest.CaptureFixture[str]) -> None:
    mend.STAGES.write_text(left)
    mend.mend()
    assert not mend.STAGES.exists()
    said = "dvc.lock was cut short by a DVC that was killed: cut back to what is whole\n"
    assert capsys.readouterr().out == said


def test_a_whole_file_of_stages_stays() -> None:
    mend.STAGES.write_text(HEAD + STAGE.format("x"))
    mend.mend()
    assert mend.STAGES.read_text() == HEAD + STAGE.format("x")


def test_nothing_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    mend.mend()
    assert capsys.readouterr().out == ""


def test_what_differs_from_the_commit_is_told_with_why(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("dvc.lock", "README.md"):
        Path(name).write_text("before\n")
    for arguments in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -qm first"):
        subprocess.run(["git", *arguments.split()], check=True)
    mend.changes()
    assert capsys.readouterr().out == "differs from the commit: nothing\n"
    Path("dvc.lock").write_text("after\n")
    Path("README.md").write_text("after\n")
    mend.changes()
    said = capsys.readouterr().out
    assert said.startswith("differs from the commit: README.md; dvc.lock (its hashes cover")
    assert said.count("\n") == 1


def test_without_git_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    mend.changes()
    assert capsys.readouterr().out == ""
