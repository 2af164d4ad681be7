"""What a killed DVC leaves: taken away where it is empty, and nothing else."""

from pathlib import Path

import pytest
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from ruamel.yaml import YAML

from pipelines import mend


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
    assert mend.main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path} was left empty by a DVC that was killed: removed" for path in (mend.LOCK, empty)
    ]
    assert not mend.LOCK.exists() and not empty.exists()
    assert (full / "1234").read_text() == "cmd: python\n"


def test_a_lock_that_is_held_stays(capsys: pytest.CaptureFixture[str]) -> None:
    mend.LOCK.parent.mkdir(parents=True)
    mend.LOCK.write_text("{}")
    assert mend.main([]) == 0
    assert mend.LOCK.read_text() == "{}"
    assert capsys.readouterr().out == ""


HEAD = "schema: '2.0'\nstages:\n"
STAGE = "  {}:\n    cmd: python\n    deps:\n    - path: a\n      md5: abc\n"


def test_a_file_of_stages_that_was_cut_short_is_one_again() -> None:
    whole = HEAD + STAGE.format("x") + STAGE.format("y@z")
    for length in range(len(HEAD + STAGE.format("x")) + 1, len(whole)):
        mend.STAGES.write_text(whole[:length])
        assert mend.main([]) == 0
        locked = COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(mend.STAGES))
        assert locked["stages"]["x"] == {"cmd": "python", "deps": [{"path": "a", "md5": "abc"}]}


@pytest.mark.parametrize("left", ["", "schema: '2.0'\n", HEAD, HEAD + "  x:\n    cmd: py"])
def test_a_file_without_a_whole_stage_goes(left: str, capsys: pytest.CaptureFixture[str]) -> None:
    mend.STAGES.write_text(left)
    assert mend.main([]) == 0
    assert not mend.STAGES.exists()
    said = "dvc.lock was cut short by a DVC that was killed: cut back to what is whole\n"
    assert capsys.readouterr().out == said


def test_a_whole_file_of_stages_stays() -> None:
    mend.STAGES.write_text(HEAD + STAGE.format("x"))
    assert mend.main([]) == 0
    assert mend.STAGES.read_text() == HEAD + STAGE.format("x")


def test_nothing_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert mend.main([]) == 0
    assert capsys.readouterr().out == ""
