"""Results of two methods as the stages leave them, small enough to be written in a test."""

import json
import math
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from memnet.imaging.io import write_png
from memnet.params import Benchmark, Cells, Grid, Params
from memnet.params.measuring import Showcase
from memnet.results.rows import ROW_COLUMNS, write_rows
from memnet.results.run_record import write_record
from memnet.tracking import tracking_uri, upsert
from memnet.tracking.collect import collect_records
from memnet.tracking.tracked import TrackedRun
from tests.records import make_record, of_others

SCORES = {"input": 28.1, "memnet-denoise": 30.7, "dncnn": 29.9}
WEIGHTS = {"memnet-denoise": "a" * 64, "dncnn": "b" * 64}
STEPS = 60


def make_params(profile: str = "laptop") -> Params:
    noise = Benchmark(
        task="denoising",
        dataset="bundled-test",
        levels=[30, 50],
        seeds=[0, 1],
        tiling="whole",
        showcase=Showcase(image="chelsea", top=0, left=0, size=8),
    )
    nothing = Cells(methods=[], benchmarks=[])
    grid = Grid(
        super_resolution=nothing,
        jpeg_deblocking=nothing,
        denoising=Cells(methods=["memnet-denoise", "dncnn"], benchmarks=["denoise-bundled"]),
    )
    return Params.model_construct(
        profile=profile,
        budget="300 steps",
        benchmarks={"denoise-bundled": noise},
        grid=grid,
        experiments={},
    )


def write_scores(folder: Path, method: str, psnr: float) -> None:
    rows = [
        (
            method,
            "denoising",
            level,
            "bundled-test",
            image,
            seed,
            psnr - level / 7 + seed / 3,
            0.8,
            1,
        )
        for level in (30, 50)
        for image in ("chelsea", "0101085")
        for seed in (0, 1)
    ]
    write_rows(folder / "rows.csv", pd.DataFrame(rows, columns=ROW_COLUMNS))
    (folder / "crops").mkdir(exist_ok=True)
    for level in (30, 50):
        kinds = ("-input", "-target") if method == "input" else ("",)
        for kind in kinds:
            crop = np.full((8, 8), level, np.uint8)
            write_png(folder / "crops" / f"{level}{kind}.png", crop)


def write_network(folder: Path, method: str, **changes: Any) -> None:
    folder.mkdir(parents=True)
    trained = method.startswith("memnet")
    about = {"method_sha256": WEIGHTS.get(method, "f" * 64), "folder": str(folder.resolve())}
    if trained:
        about |= {
            "steps": STEPS, "epochs": 1.5, "minutes": 2.5, "validation_psnr": {"30": 31.2},
            "validation_input_psnr": {"30": 28.0}, "experiment": {"budget": {"steps": STEPS}},
            "training_set": {"levels": [30, 50], "validation": ["x" * 7000]},
            "git_commit": "0123abc", "created": "2026-01-02T03:04:05+00:00",
        }  # fmt: skip
    of_kind = make_record if trained else partial(of_others, kind="converted")
    write_record(folder, of_kind(method, "denoising", **about | changes))
    if trained:
        history = pd.DataFrame(
            {
                "step": range(1, changes.get("steps", STEPS) + 1),
                "epoch": 0.1,
                "learning_rate": 0.002,
            }
        )
        history["loss"] = 1 / history.step
        history["validation_psnr"] = [30.0 if step % 10 == 0 else math.nan for step in history.step]
        history["validation_input_psnr"] = math.nan
        history["seconds"] = history.step / 10
        history.to_csv(folder / "history.csv", index=False)


def write_results(folder: Path) -> Path:
    """Files of the degraded input and of both methods."""
    write_scores(folder / "calibrate/denoise-bundled", "input", SCORES["input"])
    for method, weights in WEIGHTS.items():
        write_network(folder / "methods" / method, method)
        place = folder / "evaluate" / method / "denoise-bundled"
        write_scores(place, method, SCORES[method])
        facts = {"tiling": "whole", "engine": "folded", "device": "cpu"}
        facts |= {"method": method, "method_sha256": weights}
        (place / "evaluation.json").write_text(json.dumps(facts))
    return folder


def track(results: Path, uri: str, params: Params | None = None) -> list[tuple[TrackedRun, str]]:
    params = params or make_params()
    return upsert(collect_records(params, results), params.profile, params.budget, uri)


def track_in(folder: Path, said: str) -> None:
    """Track the results of a folder as a process of its own; what it says goes to a file there."""
    os.chdir(folder)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    with Path(said).open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    track(Path("results"), tracking_uri())


def active_runs(uri: str) -> list[Any]:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("denoising")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write_results(tmp_path / "results")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, made once: its migrations take seconds."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    upsert([], "laptop", "", f"sqlite:///{path}")
    return path


@pytest.fixture
def uri(tmp_path: Path, migrated: Path) -> Iterator[str]:
    shutil.copy(migrated, tmp_path / "mlflow.db")
    yield f"sqlite:///{tmp_path}/mlflow.db"
    assert not (tmp_path / "mlruns").exists(), "data in there would hide mlflow.db from the UI"
