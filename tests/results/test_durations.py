"""What stages took: noted beside the results, and read for the report."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memnet.results.durations import LOG, StageTime, note_duration, stage_times

STAGE = """
from pathlib import Path
from typing import Annotated
from pipelines import Option, Out, stage

@stage
def main(out: Out):
    {body}

if __name__ == "__main__":
    raise SystemExit(main())
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("# comment\nprofile: laptop\nbudget: none\n")
    for name in ("a", "b"):
        Path(name).touch()
    return tmp_path


def test_each_stage_counts_what_is_there_as_it_was_made_last(project: Path) -> None:
    for stage, out, seconds in (
        ("degrade", "a", 1.0), ("degrade", "b", 5.0), ("train", "b", 60.0), ("degrade", "a", 3.0),
        ("degrade", "gone", 100.0),
    ):  # fmt: skip
        note_duration(stage, ["--set", "x", "--out", out], seconds)
    assert stage_times() == [
        StageTime("degrade", 2, 8.0, "b", 5.0), StageTime("train", 1, 60.0, "b", 60.0)
    ]  # fmt: skip


def test_what_makes_no_result_is_no_stage(project: Path) -> None:
    note_duration("profile", ["laptop"], 1.0)
    assert not LOG.exists()


def test_another_profile_is_left_out(project: Path) -> None:
    note_duration("degrade", ["--out", "a"], 1.0)
    Path("params.yaml").write_text("profile: hour\n")
    assert stage_times() == []


def test_a_line_that_was_cut_is_left_out(project: Path) -> None:
    note_duration("degrade", ["--out", "a"], 1.0)
    with LOG.open("a") as stream:
        stream.write("laptop,train,")
    assert stage_times() == [StageTime("degrade", 1, 1.0, "a", 1.0)]


def test_a_log_that_cannot_be_written_is_no_fault(project: Path) -> None:
    LOG.parent.write_text("a file, not a folder")
    note_duration("degrade", ["--out", "a"], 1.0)
    assert stage_times() == []


@pytest.mark.parametrize(("body", "noted"), [("return None", True), ("return 75", False)])
def test_a_stage_notes_its_own_process_when_it_has_ended_well(
    project: Path, body: str, noted: bool
) -> None:
    package = Path("pipelines")
    package.mkdir()
    source = Path(__file__).parents[2]
    Path("pipelines/sleep.py").write_text(STAGE.format(body=body))
    Path("pipelines/__init__.py").write_text((source / "pipelines/__init__.py").read_text())
    subprocess.run(
        [sys.executable, "-m", "pipelines.sleep", "--out", "a"], check=False,
        env={**os.environ, "PYTHONPATH": f"{project}{os.pathsep}{source}"},
    )  # fmt: skip
    assert [(time.stage, time.longest) for time in stage_times()] == [("sleep", "a")] * noted
    assert all(0 <= time.seconds < 60 for time in stage_times())
