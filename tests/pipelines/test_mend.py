"""What a killed DVC leaves: taken away where it is empty, and nothing else."""

from pathlib import Path

import pytest

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


def test_nothing_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert mend.main([]) == 0
    assert capsys.readouterr().out == ""
