"""What a reader of the MLflow UI gets to see, and what nobody may see there."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pandas as pd
import pytest

from memnet.errors import InputError
from memnet.imaging.io import write_png
from memnet.tracking import LiveRun, read_results, tracking_uri
from memnet.tracking.runs import _being_written
from memnet.tracking.store import without_password
from tests.tracking_files import active_runs, make_params, migrated, results, track, uri

__all__ = ["migrated", "results", "uri"]
SECRET = "open-sesame-1001"


def by_name(uri: str) -> dict[str, Any]:
    return {run.info.run_name: run for run in active_runs(uri)}


def files_of(run: Any) -> dict[str, Path]:
    folder = Path(run.info.artifact_uri.removeprefix("file://"))
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in files}


def test_a_method_says_what_it_is(results: Path, uri: str) -> None:
    track(results, uri)
    note = by_name(uri)["memnet-denoise"].data.tags["mlflow.note.content"]
    assert note.startswith(
        "**memnet-denoise**: memnet of 31,415 parameters, trained here for 60 steps on "
        "`bundled-train` in 2.5 minutes on cpu.\n\nProfile `laptop`: 300 steps.\n\n| dataset |"
    )
    assert "| bundled-test | s30 | 26.58 dB | +2.60 | 0.8000 | 2 |" in note  # 30.7 - 28.1
    assert "`results/methods/memnet-denoise`. Report: `reports/html/index.html`" in note
    assert "nothing restored" in by_name(uri)["input"].data.tags["mlflow.note.content"]
    assert "tiling whole" in by_name(uri)["dncnn on bundled-test"].data.tags["mlflow.note.content"]


def test_an_experiment_says_how_it_was_scored_and_opens_on_its_runs(
    results: Path, uri: str
) -> None:
    from mlflow import MlflowClient

    track(results, uri)
    tags = MlflowClient(tracking_uri=uri).get_experiment_by_name("denoising").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert tags["mlflow.note.content"].startswith("**Denoising.** One run per method")


def test_files_that_the_ui_shows(results: Path, uri: str) -> None:
    track(results, uri)
    runs = by_name(uri)
    method = files_of(runs["memnet-denoise"])
    assert {"run.json", "config.yaml", "history.csv", "rows.csv", "rows.json"} <= method.keys()
    assert sum(name.startswith("images/bundled-test~s30+") for name in method) == 2  # and webp
    table = pd.read_json(method["rows.json"], orient="split")
    assert len(table) == 8 and {"dataset", "level", "image", "psnr"} <= set(table)
    assert json.loads(method["run.json"].read_text())["steps"] == 60
    assert files_of(runs["dncnn"]).keys().isdisjoint({"history.csv"})
    crops = {name for name in files_of(runs["input on bundled-test"]) if "crops/" in name}
    assert crops == {f"crops/s{n}{kind}.png" for n in (30, 50) for kind in ("", "-target")}
    child = files_of(runs["dncnn on bundled-test"])
    source = results / "evaluate/dncnn/denoise-bundled/crops/30.png"
    assert child["crops/s30.png"].read_bytes() == source.read_bytes()


def test_methods_share_the_names_of_their_metrics_and_params(results: Path, uri: str) -> None:
    track(results, uri)
    runs = [by_name(uri)[name] for name in ("memnet-denoise", "dncnn", "input")]
    scores = [{n for n in run.data.metrics if n.startswith(("psnr/", "ssim/"))} for run in runs]
    assert scores == [{f"{s}/bundled-test/s{n}" for s in ("psnr", "ssim") for n in (30, 50)}] * 3
    assert all({"profile", "network", "origin"} <= run.data.params.keys() for run in runs)


def test_no_place_and_no_secret_lands_in_the_store(
    results: Path, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, SECRET)
    record = results / "methods/dncnn/run.json"
    home = {"folder": str(Path.home() / "out"), "released": str(tmp_path / "weights")}
    record.write_text(json.dumps(json.loads(record.read_text()) | home))
    assert str(tmp_path) in record.read_text()
    track(results, uri)
    texts = []
    for run in active_runs(uri):
        texts += [run.info.run_name, *run.data.tags.values(), *run.data.params.values()]
        texts += [source.dataset.source for source in run.inputs.dataset_inputs]
        for name, path in files_of(run).items():
            texts += [name, path.read_bytes().decode(errors="replace")]
    assert len(texts) > 100
    forbidden = (str(tmp_path), str(Path.home()) + os.sep, str(Path.cwd()) + os.sep, SECRET)
    assert not [text for text in texts for word in forbidden if word in text]


@pytest.mark.parametrize(
    "address", [f"postgresql://ann:{SECRET}@host/x", f"ftp://ann:{SECRET}@host/x"]
)
def test_an_error_shows_no_password(
    results: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    with pytest.raises(InputError, match=r"://ann:\*\*\*@host/x") as caught:
        track(results, tracking_uri())
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert without_password("http://host:5000/a") == "http://host:5000/a"
    assert without_password("sqlite:///a/b:c.db") == "sqlite:///a/b:c.db"


def test_another_crop_makes_the_run_again(results: Path, uri: str) -> None:
    track(results, uri)
    path = results / "evaluate/dncnn/denoise-bundled/crops/30.png"
    write_png(path, np.full((8, 8), 99, np.uint8))
    outcomes = {record.method: outcome for record, outcome in track(results, uri)}
    assert outcomes == {"input": "kept", "memnet-denoise": "kept", "dncnn": "made"}
    assert len(active_runs(uri)) == 6


def test_a_deleted_evaluation_comes_back(results: Path, uri: str) -> None:
    from mlflow import MlflowClient

    track(results, uri)
    before = read_results(make_params(), uri)
    lost = by_name(uri)["dncnn on bundled-test"]
    MlflowClient(tracking_uri=uri).delete_run(lost.info.run_id)
    outcomes = {record.method: outcome for record, outcome in track(results, uri)}
    assert outcomes == {"input": "kept", "memnet-denoise": "kept", "dncnn": "made"}
    pd.testing.assert_frame_equal(read_results(make_params(), uri), before)


def test_what_another_clone_is_writing_stays(results: Path, uri: str) -> None:
    from mlflow import MlflowClient

    track(results, uri)
    client = MlflowClient(tracking_uri=uri)
    run = by_name(uri)["dncnn"]
    child = by_name(uri)["dncnn on bundled-test"]
    assert not _being_written(run, [run, child]) and not _being_written(child, [run, child])
    client.delete_tag(run.info.run_id, "complete")
    run = by_name(uri)["dncnn"]
    assert _being_written(run, [run, child]) and _being_written(child, [run, child])
    before = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    client.set_tag(run.info.run_id, "tracked", before)
    run = by_name(uri)["dncnn"]
    assert not _being_written(run, [run, child])


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_a_live_training_shows_the_load_of_its_machine(
    uri: str, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    pytest.importorskip("psutil")
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")
    monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", wanted)
    LiveRun("memnet-denoise", "denoising", "laptop", uri).log(1, {"loss": 1.0})
    deadline = monotonic() + (60 if wanted == "true" else 1)
    found: set[str] = set()
    while monotonic() < deadline and not found:
        sleep(0.2)
        (run,) = active_runs(uri)
        found = {name for name in run.data.metrics if name.startswith("system/")}
    assert ("system/cpu_utilization_percentage" in found) == (wanted == "true")
