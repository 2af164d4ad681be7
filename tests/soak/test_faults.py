"""Killed, out of room, or doing the same twice: nothing is lost, and the next run mends it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from memnet.files import read_json
from tests.pipelines.test_stages import EVALUATE, TRAIN
from tests.projects import TRACK
from tests.soak.pipeline import (
    DVC_REPRO,
    environment,
    finish,
    make_pipeline,
    outcome,
    repro,
    start,
    start_over,
)
from tests.soak.tally import Tally

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
KILLS = 50  # at random moments, and then
KILLS_A_STAGE = 3  # of these, some of which are over too soon to be met by chance
STAGES = {  # and how many seconds each takes, at most about
    "fetch": ("fetch@tiny-test", 0.3),
    "degrade": ("degrade@denoise-tiny", 0.6),
    "train": ("train@memnet-denoise", 6.0),
    "evaluate": ("evaluate_denoising@memnet-denoise-denoise-tiny", 4.0),
    "track": ("track", 4.0),
    "report": ("report", 6.0),
}
TimeLeft = Callable[[float], Callable[[], bool]]
COMMANDS = (
    "pipelines.survey --dataset tiny-test --raw datasets/raw/tiny-test "
    "--out results/datasets/tiny-test",
    "pipelines.degrade --set sr-tiny --raw datasets/raw/tiny-test --out datasets/pairs/sr-tiny",
    "pipelines.calibrate --benchmark sr-tiny --pairs datasets/pairs/sr-tiny "
    "--out results/calibrate/sr-tiny",
    f"pipelines.train {TRAIN}",
    f"pipelines.evaluate {EVALUATE}",
    f"pipelines.track {TRACK}",
    "pipelines.report --out reports/html --summary reports/summary.csv",
)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 256 MB, or a plain folder where none may be made."""
    place = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield place
    if mounted:
        subprocess.run(
            ["umount", "-l", str(place)], check=True
        )  # MLflow may still hold its database


@pytest.fixture(scope="module")
def finished(disk: Path) -> tuple[Path, dict[str, str]]:
    """A pipeline that ran undisturbed, and its outcome."""
    folder = make_pipeline(disk / "project")
    finish(repro(folder))
    return folder, outcome(folder)


def lost(expected: dict[str, str], got: dict[str, str]) -> list[str]:
    """Results that are missing, more or different."""
    return sorted(
        name for name in expected.keys() | got.keys() if expected.get(name) != got.get(name)
    )


def runs(folder: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Metrics of every run in MLflow, apart from its times."""
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    return {
        (run.data.tags.get("kind", ""), run.data.tags.get("key", run.info.run_name)): {
            name: value
            for name, value in run.data.metrics.items()
            if not re.search("second|minute|system", name)
        }
        for run in client.search_runs(experiments, max_results=1000)
    }


def running_stage(group: int) -> str:
    """The stage that a process group is at; "between" where DVC itself works."""
    found = "between"
    for status in Path("/proc").glob("[0-9]*"):
        try:
            words = (status / "cmdline").read_bytes().split(b"\0")
            mine = os.getpgid(int(status.name)) == group
        except (OSError, ValueError):
            continue  # it has just ended
        stages = [word[10:].decode() for word in words if word.startswith(b"pipelines.")]
        found = stages[0] if mine and stages else found
    return found


def test_killed_at_any_moment(
    finished: tuple[Path, dict[str, str]], tmp_path: Path, tally: Tally, time_left: TimeLeft
) -> None:
    go_on, generator = time_left(0.3), np.random.RandomState(0)
    folder, moments, kills = make_pipeline(tmp_path / "killed"), (0.5, 12.0), 0
    while kills < KILLS and go_on():
        process = repro(folder)
        try:
            said, _ = process.communicate(timeout=generator.uniform(*moments))
            assert process.returncode == 0, said[-4000:]
            start_over(folder)  # it got through: again from the beginning
            continue
        except subprocess.TimeoutExpired:
            tally.faults[f"kill -9 in {running_stage(process.pid)}"] += 1
            kills += 1
            kill(process, folder)
    finish(repro(folder))
    losses = lost(finished[1], outcome(folder))
    if runs(folder) != runs(finished[0]):
        losses.append("runs in mlflow.db")
    tally.losses += losses
    assert losses == []
    assert kills
    assert not [path for path in folder.rglob(".part-*") if "raw" in path.parts]


def test_killed_in_each_stage(
    finished: tuple[Path, dict[str, str]], tally: Tally, time_left: TimeLeft
) -> None:
    folder, expected = finished
    go_on, generator, before = time_left(0.1), np.random.RandomState(0), runs(folder)
    for _, (name, (target, seconds)) in product(range(KILLS_A_STAGE), STAGES.items()):
        if not go_on():
            break
        process = start(folder, *DVC_REPRO, "--force", "--single-item", target)
        while running_stage(process.pid) != name and process.poll() is None:
            time.sleep(0.02)
        time.sleep(generator.uniform(0, seconds))
        tally.faults[f"kill -9 in {running_stage(process.pid)}"] += 1
        kill(process, folder)
    finish(repro(folder))
    losses = lost(expected, outcome(folder))
    if runs(folder) != before:
        losses.append("runs in mlflow.db")
    tally.losses += losses
    assert losses == []


def kill(process: "subprocess.Popen[str]", folder: Path) -> None:
    """Kill a run with all that it started, then mend the folder as `make repro` does."""
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    finish(start(folder, "-m", "memnet", "mend"))


def fill(place: Path) -> Path:
    """A file that takes all the room there is."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(bytes(4096)) == 4096:
            pass
    return filler


def stage(folder: Path, command: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the command of one stage, `more` being added to its environment."""
    return subprocess.run(
        [sys.executable, "-B", "-m", *command.split()], cwd=folder,
        env=environment(folder, **more), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_full_disk(
    disk: Path, finished: tuple[Path, dict[str, str]], tally: Tally, time_left: TimeLeft
) -> None:
    if not disk.is_mount():
        pytest.skip("needs the right to mount a small disk")
    folder, expected = finished
    go_on, tracebacks, losses = time_left(0.2), [], []
    for command in COMMANDS:
        if not go_on():
            break
        filler = fill(disk)
        tally.faults[f"full disk in {command.split()[0].split('.')[1]}"] += 1
        done = stage(folder, command)
        if done.returncode != 1 or "Traceback" in done.stderr or "error: " not in done.stderr:
            tracebacks.append(f"full disk, {command}: {done.returncode}, {done.stderr[-500:]}")
        losses += lost(expected, outcome(folder))
        filler.unlink()
        again = stage(folder, command)
        if again.returncode:
            losses.append(f"{command} after the disk was full: {again.stderr[-500:]}")
        losses += lost(expected, outcome(folder))
    tally.losses += losses
    tally.tracebacks += tracebacks
    assert (losses, tracebacks) == ([], [])


def test_two_at_once(finished: tuple[Path, dict[str, str]], tally: Tally) -> None:
    folder, expected = finished
    before = runs(folder)
    track = f"-m pipelines.track {TRACK}".split()
    for name, pair in {"track": [track, track], "dvc repro": [DVC_REPRO, DVC_REPRO]}.items():
        tally.faults[f"two {name} at once"] += 1
        started = [start(folder, *command) for command in pair]
        for process in started:
            said, _ = process.communicate()
            assert process.returncode == 0 or re.search("lock|another", said), said
        assert 0 in [process.returncode for process in started]
    losses = lost(expected, outcome(folder))
    if runs(folder) != before:
        losses.append("runs in mlflow.db")
    tally.losses += losses
    assert losses == []


def test_two_clones_give_the_same_bytes(
    finished: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    _, expected = finished
    other = make_pipeline(tmp_path / "in another place")
    finish(repro(other))
    assert lost(expected, outcome(other)) == []


def test_another_number_of_threads(finished: tuple[Path, dict[str, str]]) -> None:
    # Sums of float32 in another order, amplified by a training: 0.013 dB were measured.
    folder, _ = finished
    found = []
    for threads in ("1", "2"):
        out = f"results/threads-{threads}"
        command = TRAIN.replace("results/methods/memnet-denoise", out)
        done = stage(folder, f"pipelines.train {command}", OMP_NUM_THREADS=threads)
        assert done.returncode == 0, done.stderr
        found.append(read_json(folder / out / "run.json"))
        shutil.rmtree(folder / out)
    assert [run["environment"]["threads"] for run in found] == [1, 2]
    one, two = (run["validation_psnr"]["50"] for run in found)
    assert one == pytest.approx(two, abs=0.05)


def test_nothing_written_names_a_place_or_a_secret(finished: tuple[Path, dict[str, str]]) -> None:
    folder, _ = finished
    names = [str(folder), str(Path.home()), os.environ.get("USER", str(folder))]
    tops = ("results", "reports/html", "mlartifacts")
    written = [path for top in tops for path in (folder / top).rglob("*") if path.is_file()]
    assert len(written) > 20
    for path in written:
        content = path.read_bytes()
        assert not [name for name in names if len(name) > 5 and name.encode() in content], path
