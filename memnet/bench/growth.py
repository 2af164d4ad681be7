"""How cost grows with work: stages and commands given 1, 10 and 100 times as much of it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from memnet.bench.synthetic import NAME, make_project, multiply_results, smooth_image
from memnet.errors import InputError
from memnet.imaging.io import write_png

FACTORS = (1, 10, 100)
IMAGES = 5  # of the smallest project
SIDE = 256  # of the smallest photo, in pixels
NETWORK = "memnet-small-denoise"

# One benchmark through the pipeline, as dvc.yaml calls the stages.
_STAGES = {
    "fetch": f"--dataset {NAME} --out datasets/raw/{NAME}",
    "survey": f"--dataset {NAME} --raw datasets/raw/{NAME} --out results/datasets/{NAME}",
    "degrade": f"--set {NAME} --raw datasets/raw/{NAME} --out datasets/pairs/{NAME}",
    "calibrate": (
        f"--benchmark {NAME} --pairs datasets/pairs/{NAME} --out results/calibrate/{NAME}"
    ),
    "adopt": f"--method {NAME} --out results/methods/{NAME}",
    "evaluate": (
        f"--benchmark {NAME} --method results/methods/{NAME} --pairs datasets/pairs/{NAME} "
        f"--calibration results/calibrate/{NAME} --out results/evaluate/{NAME}/{NAME}"
    ),
    "track": (
        "--out results/track.json --metrics results/metrics --curves results/curves.csv"
    ),
    "report": "--out reports/html --summary reports/summary.csv",
}  # fmt: skip


class Cost(NamedTuple):
    """What a command took for an amount of work.

    Attributes
    ----------
    of : what grows: "images", "methods" or "pixels"
    command : a stage, or `memnet restore`
    seconds : of the whole process, its start included
    peak_bytes : most memory that it held
    """

    of: str
    command: str
    amount: int
    seconds: float
    peak_bytes: int


def bench_growth(
    root: Path, *, factors: Sequence[int] = FACTORS, report: Callable[[int, int, str], None]
) -> list[Cost]:
    """Run the stages on more and more images, then on more and more methods; restore larger photos.

    Parameters
    ----------
    root : the repository
    factors : how many times the smallest amount of work each command is given
    report : called with commands run, commands in all and the one that is next

    Raises
    ------
    InputError : `root` is no repository of this project, or a command failed
    """
    if not (root / "weights" / NETWORK).is_dir() or not (root / "params/laptop.yaml").is_file():
        raise InputError(
            f"memnet bench growth must be run where weights/ and params/ are, got {root}: change "
            "there first"
        )
    total = len(factors) * (len(_STAGES) + 2 + 1)
    costs: list[Cost] = []
    report(0, total, "")
    for sweep in (_more_images, _more_methods, _more_pixels):
        for cost in sweep(root.resolve(), factors):
            costs.append(cost)
            report(len(costs), total, f"{cost.command}, {cost.amount} {cost.of}")
    return costs


def _more_images(root: Path, factors: Sequence[int]) -> Iterator[Cost]:
    for factor in factors:
        with TemporaryDirectory() as name:
            folder, images = Path(name), IMAGES * factor
            make_project(folder, root, images)
            for stage in _STAGES:
                yield Cost("images", stage, images, *_run_stage(root, folder, stage))


def _more_methods(root: Path, factors: Sequence[int]) -> Iterator[Cost]:
    """What counts results and runs: each method has three results and two runs of MLflow."""
    for factor in factors:
        with TemporaryDirectory() as name:
            folder = Path(name)
            make_project(folder, root, IMAGES)
            for stage in list(_STAGES)[:-2]:
                _run_stage(root, folder, stage)
            multiply_results(folder, root, factor)
            for stage in ("track", "report"):
                yield Cost("methods", stage, factor, *_run_stage(root, folder, stage))


def _more_pixels(root: Path, factors: Sequence[int]) -> Iterator[Cost]:
    for factor in factors:
        with TemporaryDirectory() as name:
            side = round(SIDE * factor**0.5)
            write_png(Path(name, "photo.png"), smooth_image(0, side))
            options = f"--method {NETWORK} --task denoising --sigma 30 --out {name}/out.png"
            command = f"memnet.cli restore {name}/photo.png {options}"
            yield Cost("pixels", "memnet restore", side**2, *_run(root, root, command))


def _run_stage(root: Path, folder: Path, stage: str) -> tuple[float, int]:
    return _run(root, folder, f"pipelines.{stage} {_STAGES[stage]}")


def _run(root: Path, folder: Path, command: str) -> tuple[float, int]:
    """Seconds and peak memory of `python -m command`, run in a folder.

    Raises
    ------
    InputError : it failed
    """
    with TemporaryDirectory() as name:
        peak = Path(name, "peak")
        words = [sys.executable, "-m", "memnet.bench.memory", str(peak), *command.split()]
        local = {"PYTHONPATH": str(root), "MLFLOW_TRACKING_URI": ""}
        began = time.perf_counter()
        done = subprocess.run(
            words, cwd=folder, env=os.environ | local, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise InputError(f"python -m {command} must succeed, got {' '.join(last)}")
        return seconds, int(peak.read_text(encoding="ascii"))
