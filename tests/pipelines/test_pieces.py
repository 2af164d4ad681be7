"""Stage train in pieces, from a pack, on a machine that has little else than torch."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch

from memnet.data.pack import write_pack
from memnet.data.pairs import PairFolder
from memnet.results.run_record import read_record
from memnet.training import loop
from memnet.training.cost import step_operations
from pipelines import degrade, evaluate, fetch, track, train
from tests.pipelines.test_stages import EVALUATE, PARAMS, TRAIN, project, run, run_to_training
from tests.projects import TRACK

__all__ = ["project"]
ROOT = Path(__file__).parent.parent.parent
METHOD = "results/methods/memnet-denoise"
NOT_NEEDED = (
    "PIL", "bm3d", "dvc", "filelock", "google", "h5py", "jinja2", "joblib", "matplotlib", "mlflow",
    "omegaconf", "openvino",
    "pooch", "requests", "rich", "skimage", "sklearn", "sqlalchemy",
)  # fmt: skip
BARE = f"""
import sys
sys.modules.update(dict.fromkeys({NOT_NEEDED}))  # importing one of them raises ImportError
from pipelines import train
train.LIVE_AFTER_SECONDS = -1
raise SystemExit(train.main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads of small work wait for each other; and the bare machine shall have as many."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def degraded() -> None:
    """Make the training set alone."""
    run(fetch.main, "--dataset tiny-train --out datasets/raw/tiny-train")
    name = "denoise-tiny-train"
    run(degrade.main, f"--set {name} --raw datasets/raw/tiny-train --out datasets/pairs/{name}")


def shortened(folder: Path, steps: int) -> None:
    text = PARAMS.replace("steps: 30", f"steps: {steps}").replace("every: 10", "every: 2")
    (folder / "params.yaml").write_text(text)


def timeless_history(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "history.csv").drop(columns="seconds")


def test_five_calls_are_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    degraded()
    shortened(project, steps=5)
    run(train.main, TRAIN)
    (project / METHOD).rename(project / "whole")
    capsys.readouterr()
    for step in range(1, 5):
        assert train.main(f"{TRAIN} --minutes 1e-9 --checkpoint kept/state".split()) == 75
        assert capsys.readouterr().out.endswith(
            f"stopped after 1e-09 minutes at step {step}, {20 * step}.0 % of the budget: "
            "the same command goes on from here\n"
        )
        assert not (project / METHOD).exists()
        assert [p.name for p in (project / "kept").iterdir()] == ["state"]
    run(train.main, f"{TRAIN} --minutes 1e-9 --checkpoint kept/state")
    assert not list((project / "kept").iterdir())
    weights = (project / METHOD / "model.safetensors").read_bytes()
    assert weights == (project / "whole/model.safetensors").read_bytes()
    pd.testing.assert_frame_equal(
        timeless_history(project / METHOD), timeless_history(project / "whole"), check_exact=True
    )


def test_another_version_goes_on_and_is_named(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    degraded()
    shortened(project, steps=4)
    here = loop.environment
    with monkeypatch.context() as there:
        there.setattr(loop, "environment", lambda device: here(device) | {"torch": "2.11.0"})
        assert train.main(f"{TRAIN} --minutes 1e-9".split()) == 75
    capsys.readouterr()
    run(train.main, TRAIN)
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    record = json.loads((project / METHOD / "run.json").read_text())
    version = record["environment"]["torch"]
    assert notes == [
        f"note: from step 1 on with torch {version} (before: 2.11.0): "
        "not bit for bit what either would train alone"
    ]
    assert [(e["step"], e["environment"]["torch"]) for e in record["environments"]] == [
        (0, "2.11.0"), (1, version)
    ]  # fmt: skip


def test_the_record_says_what_auto_was(project: Path) -> None:
    degraded()
    shortened(project, steps=2)
    text = (project / "params.yaml").read_text()
    auto = "bn_average: 0.9\n    engine: auto\n    precision: auto"
    (project / "params.yaml").write_text(text.replace("bn_average: 0.9", auto))
    run(train.main, TRAIN)
    record = read_record(project / METHOD)
    recipe, network = record.recipe, record.memnet
    assert recipe is not None and network is not None
    assert recipe.engine == "plain" and recipe.precision in ("float32", "bfloat16")
    assert record.operations == 2 * step_operations(network, recipe)


@pytest.mark.parametrize("minutes", ["0", "-1", "nan"])
def test_a_time_that_is_none(
    project: Path, capsys: pytest.CaptureFixture[str], minutes: str
) -> None:
    assert train.main([*TRAIN.split(), f"--minutes={minutes}"]) == 1
    assert "error: --minutes must be greater than 0, got " in capsys.readouterr().err


def train_bare(folder: Path, arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BARE, *TRAIN.split(), "--pairs", "set.pack", *arguments.split()],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_what_a_bare_machine_trained_is_tracked_at_home(project: Path) -> None:
    run_to_training()
    run(train.main, TRAIN)
    expected = (project / METHOD / "model.safetensors").read_bytes()
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "params.yaml").write_text(PARAMS)
    write_pack(elsewhere / "set.pack", PairFolder("datasets/pairs/denoise-tiny-train"))

    piece = train_bare(elsewhere, "--minutes 1e-9")
    assert (piece.returncode, piece.stderr) == (75, "")
    rest = train_bare(elsewhere, "")
    assert rest.returncode == 0, rest.stderr
    assert "100% step 30" in rest.stdout
    assert rest.stderr.startswith("training goes on without live curves: ")
    assert rest.stderr.count("\n") == 1

    (project / METHOD).rename(project / "trained here")
    (elsewhere / METHOD).rename(project / METHOD)
    assert (project / METHOD / "model.safetensors").read_bytes() == expected
    run(evaluate.main, EVALUATE)
    run(track.main, TRACK)
    tracked = json.loads((project / "results/track.json").read_text())
    assert "memnet-denoise" in {row["method"] for row in tracked["summary"]}


def test_a_pack_that_is_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "set.pack").write_text("hello")
    assert train.main([*TRAIN.split(), "--pairs", "set.pack"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: set.pack is no whole pack of a training set (")
    assert said.count("\n") == 1
