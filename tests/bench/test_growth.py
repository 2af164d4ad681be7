"""Growth: memory that is told truly, projects that multiply, curves that show every command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from memnet.bench.curves import draw_growth
from memnet.bench.growth import Cost, bench_growth
from memnet.bench.synthetic import NAME, make_project, multiply_results, smooth_image
from memnet.errors import InputError
from memnet.imaging.io import read_image
from memnet.params import load_params

ROOT = Path(__file__).parent.parent.parent
MIB = 2**20


def silent(done: float, total: float, note: str) -> None:
    """Shows nothing."""


def watched(folder: Path, body: str) -> tuple[int, int]:
    """Exit code of a module with that body, and the peak memory that was noted of it."""
    (folder / "work.py").write_text(body)
    command = [sys.executable, "-m", "memnet.bench.memory", "peak", "work", "one", "two"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode, int((folder / "peak").read_text())


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells the memory of a process")
def test_the_most_memory_is_told_and_not_the_last(tmp_path: Path) -> None:
    _, little = watched(tmp_path, "import sys\nassert sys.argv[1:] == ['one', 'two']\n")
    code, much = watched(tmp_path, f"held = bytearray(b'x' * {300 * MIB})\ndel held\n")
    assert code == 0
    assert 290 * MIB < much - little < 700 * MIB


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells the memory of a process")
def test_the_exit_code_is_that_of_the_module(tmp_path: Path) -> None:
    code, peak = watched(tmp_path, "raise SystemExit(3)\n")
    assert code == 3 and peak > MIB


def test_a_project_is_valid_and_its_methods_multiply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(tmp_path, ROOT, images=2)
    monkeypatch.chdir(tmp_path)
    assert load_params().grid.denoising.methods == [NAME]
    np.testing.assert_array_equal(
        read_image("images/000001.png", min_side=1), smooth_image(1, side=96)
    )
    for results in ("methods", "evaluate"):
        folder = Path("results") / results / NAME
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"method": NAME, "made": 1}))
    rows = Path("results/evaluate") / NAME / "rows.csv"
    rows.write_text(f"method,dataset\n{NAME},{NAME}\n{NAME},{NAME}\n")
    multiply_results(tmp_path, ROOT, methods=3)
    assert load_params().grid.denoising.methods == ["made", "made-1", "made-2"]
    record = json.loads(Path("results/methods/made-2/run.json").read_text())
    assert record == {"method": "made-2", "made": 1}
    copied = pd.read_csv("results/evaluate/made-2/rows.csv")
    assert list(copied.method) == ["made-2"] * 2 and list(copied.dataset) == ["made"] * 2


def test_the_figure_names_every_command(tmp_path: Path) -> None:
    costs = [
        Cost(of, command, amount, seconds, 100 * MIB)
        for of, command in (("images", "fetch"), ("images", "evaluate"), ("pixels", "restore"))
        for amount, seconds in ((1, 2.0), (10, 3.0))
    ]
    draw_growth(costs, tmp_path / "growth.svg")
    svg = (tmp_path / "growth.svg").read_text()
    for text in ("fetch", "evaluate", "restore", "images", "pixels", "seconds"):
        assert f">{text}</text>" in svg
    before = (tmp_path / "growth.svg").read_bytes()
    draw_growth(costs, tmp_path / "growth.svg")
    assert (tmp_path / "growth.svg").read_bytes() == before


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        bench_growth(tmp_path, report=silent)
    assert str(error.value) == (
        f"memnet bench growth must be run where weights/ and params/ are, got {tmp_path}: change "
        "there first"
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells the memory of a process")
def test_every_command_is_given_more_and_more() -> None:
    told: list[tuple[float, float, str]] = []
    costs = bench_growth(ROOT, factors=(1, 2), report=lambda *step: told.append(step))
    amounts: dict[tuple[str, str], list[int]] = {}
    for cost in costs:
        amounts.setdefault((cost.of, cost.command), []).append(cost.amount)
        assert cost.seconds > 0 and cost.peak_bytes > 10 * MIB
    assert amounts["images", "evaluate"] == [5, 10]
    assert amounts["methods", "report"] == [1, 2]
    assert amounts["pixels", "memnet restore"] == [256**2, 362**2]
    assert len(told) == len(costs) + 1 and told[-1][:2] == (len(costs), len(costs))
