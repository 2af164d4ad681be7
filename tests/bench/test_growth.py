"""What a hundred times the work costs: memory stays flat, whatever the number of images."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memnet.imaging.io import write_png
from tests.bench.synthetic import NAME, make_project, multiply_results, smooth_image

ROOT = Path(__file__).parent.parent.parent
NETWORK = "memnet-small-denoise"
MIB = 2**20
# One benchmark through the pipeline, as dvc.yaml calls the stages.
STAGES = {
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
    "track": "--out results/track.json --metrics results/metrics --curves results/curves.csv",
    "report": "--out reports/html --summary reports/summary.csv",
}
WATCHED = """
import atexit, runpy, sys
from memnet.bench.ceiling import process_memory
peak, module, *sys.argv[1:] = sys.argv[1:]
note = lambda: open(peak, "w").write(str(process_memory("VmHWM")))
atexit.register(note)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a process's memory"),
]


def run(folder: Path, command: str) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of `python -m command`."""
    peak = folder / ".peak"
    words = [sys.executable, "-c", WATCHED, str(peak), *command.split()]
    local = {"PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": ""}
    began = time.perf_counter()
    subprocess.run(words, cwd=folder, env=os.environ | local, capture_output=True, check=True)
    return time.perf_counter() - began, int(peak.read_text()) / MIB


def run_stages(folder: Path, stages: list[str]) -> dict[str, tuple[float, float]]:
    return {stage: run(folder, f"pipelines.{stage} {STAGES[stage]}") for stage in stages}


def require_flat(few: dict[str, tuple[float, float]], many: dict[str, tuple[float, float]]) -> None:
    for stage, (seconds, peak) in many.items():
        print(f"{stage}: {few[stage][0]:.1f} s and {few[stage][1]:.0f} MiB, then {seconds:.1f} s "
              f"and {peak:.0f} MiB")  # fmt: skip
        assert peak < 1.5 * few[stage][1], stage


def test_memory_is_flat_from_5_to_500_images(tmp_path: Path) -> None:
    found = []
    for images in (5, 500):
        folder = tmp_path / str(images)
        folder.mkdir()
        make_project(folder, ROOT, images)
        found.append(run_stages(folder, list(STAGES)))
    require_flat(*found)


def test_memory_is_flat_from_1_to_50_methods(tmp_path: Path) -> None:
    make_project(tmp_path, ROOT, images=5)
    run_stages(tmp_path, list(STAGES)[:-2])
    few = run_stages(tmp_path, ["track", "report"])
    shutil.rmtree(tmp_path / "mlartifacts")
    multiply_results(tmp_path, ROOT, 50)
    require_flat(few, run_stages(tmp_path, ["track", "report"]))


def test_a_photo_of_100_times_the_pixels_needs_little_more(tmp_path: Path) -> None:
    peaks = []
    for side in (256, 2560):
        write_png(tmp_path / "photo.png", smooth_image(0, side))
        options = f"--method {NETWORK} --task denoising --sigma 30"
        _, peak = run(tmp_path, f"memnet restore photo.png {options} --out out.png")
        peaks.append(peak)
        print(f"{side}x{side} pixels: {peak:.0f} MiB")
    assert peaks[1] < peaks[0] + 400
