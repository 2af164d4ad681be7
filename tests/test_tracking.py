"""MLflow shows the files, whatever happened to it before."""

import json
import math
import multiprocessing
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from memnet.errors import InputError
from memnet.results.rows import cross_check, read_rows, write_rows
from memnet.tracking import DEFAULT_URI, LiveRun, read_results, tracking_uri
from memnet.tracking.collect import collect_records, summarise_records
from pipelines import track as track_stage
from tests.tracking_files import (
    STEPS,
    active_runs,
    make_params,
    migrated,
    results,
    track,
    track_in,
    uri,
    write_network,
    write_scores,
)

__all__ = ["migrated", "results", "uri"]


def names(uri: str) -> list[tuple[str, str]]:
    return sorted((run.data.tags["kind"], run.data.tags["method"]) for run in active_runs(uri))


EVERY_RUN = [
    ("evaluation", "dncnn"),
    ("evaluation", "input"),
    ("evaluation", "memnet-denoise"),
    ("method", "dncnn"),
    ("method", "input"),
    ("method", "memnet-denoise"),
]


def test_a_second_track_changes_nothing(results: Path, uri: str) -> None:
    assert {outcome for _, outcome in track(results, uri)} == {"made"}
    before = {run.info.run_id: run.to_dictionary() for run in active_runs(uri)}
    assert {outcome for _, outcome in track(results, uri)} == {"kept"}
    assert {run.info.run_id: run.to_dictionary() for run in active_runs(uri)} == before
    assert names(uri) == EVERY_RUN
    assert {run.info.status for run in active_runs(uri)} == {"FINISHED"}


def test_a_method_holds_its_configuration_curves_and_origin(results: Path, uri: str) -> None:
    from mlflow import MlflowClient

    track(results, uri)
    (run,) = (r for r in active_runs(uri) if r.info.run_name == "memnet-denoise")
    params = run.data.params
    assert (params["network"], params["num_features"]) == ("memnet", "24")
    assert (params["budget"], params["learning_rate"]) == (f"{STEPS} steps", "0.008")
    assert (params["training_set"], params["training_levels"]) == ("bundled-train", "[30, 50]")
    assert "validation" not in params and "epochs" not in params  # the one long, the other unset
    (trained_on,) = run.inputs.dataset_inputs
    assert (trained_on.dataset.name, trained_on.dataset.digest) == ("bundled-train", "b" * 16)
    assert run.data.tags["mlflow.source.git.commit"] == "0123abc"
    assert run.data.tags["environment.deterministic"] == "True"
    assert run.data.tags["files"] == "results/methods/memnet-denoise"
    assert run.data.metrics["validation_psnr/s30"] == 31.2
    assert run.info.end_time - run.info.start_time == 150_000  # 2.5 minutes
    history = MlflowClient(tracking_uri=uri).get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [
        (step, 1 / step) for step in range(1, STEPS + 1)
    ]
    assert history[-1].timestamp - run.info.start_time == STEPS * 100  # history.csv


def test_a_training_in_pieces_shows_all_that_trained_it(results: Path, uri: str) -> None:
    folder = results / "methods/memnet-denoise"
    run = json.loads((folder / "run.json").read_text())
    here = run["environment"]
    pieces = [
        {"step": step, "environment": {**here, "device": device}}
        for step, device in ((0, "cuda"), (9, "cpu"), (99, "cuda"))
    ]
    (folder / "run.json").write_text(json.dumps({**run, "environments": pieces}))
    track(results, uri)
    (run,) = (r for r in active_runs(uri) if r.info.run_name == "memnet-denoise")
    assert run.data.tags["environment.device"] == "cuda, cpu"
    assert run.data.tags["environment.python"] == "3.11"


def test_no_call_is_larger_than_a_server_takes(
    results: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    sizes: dict[str, list[int]] = {"params": [], "metrics": []}
    log_batch = MlflowClient.log_batch

    def spy(self: Any, run_id: str, **entities: Any) -> None:
        ((kind, values),) = entities.items()
        sizes[kind].append(len(values))
        log_batch(self, run_id, **entities)

    monkeypatch.setattr(MlflowClient, "log_batch", spy)
    shutil.rmtree(results / "methods/memnet-denoise")
    write_network(results / "methods/memnet-denoise", "memnet-denoise", steps=600)
    track(results, uri)
    assert max(sizes["params"]) < 100
    assert max(sizes["metrics"]) == 1000


def test_an_evaluation_holds_scores_and_rows_below_its_method(results: Path, uri: str) -> None:
    from mlflow.artifacts import download_artifacts

    track(results, uri)
    by_name = {run.info.run_name: run for run in active_runs(uri)}
    run = by_name["memnet-denoise on bundled-test"]
    assert run.data.metrics["psnr/bundled-test/s30"] == pytest.approx(30.7 - 30 / 7 + 1 / 6)
    assert run.data.metrics["num_images/bundled-test/s50"] == 2
    assert run.data.metrics["seconds/bundled-test/s50"] == 1
    method = by_name["memnet-denoise"]
    assert run.data.tags["mlflow.parentRunId"] == method.info.run_id
    assert run.data.tags["run_key"] == method.data.tags["run_key"]
    for tags in (run.data.tags, method.data.tags):
        assert (tags["profile"], tags["task"]) == ("laptop", "denoising")
        assert tags["dataset"] == "bundled-test"
    assert run.data.params == {
        "benchmark": "denoise-bundled", "tiling": "whole", "engine": "folded", "device": "cpu"
    }  # fmt: skip
    name = "psnr/bundled-test/s30"  # of all methods, so that they can be compared
    assert method.data.metrics[name] == run.data.metrics[name]
    assert name in by_name["input"].data.metrics
    copy = download_artifacts(run_id=run.info.run_id, artifact_path="rows.csv", tracking_uri=uri)
    files = read_rows(results / "evaluate/memnet-denoise/denoise-bundled/rows.csv")
    pd.testing.assert_frame_equal(read_rows(copy), files)


def test_results_read_back_equal_the_files(results: Path, uri: str) -> None:
    records = collect_records(make_params(), results)
    track(results, uri)
    tracked = read_results(make_params(), uri)
    pd.testing.assert_frame_equal(tracked, summarise_records(records), check_exact=True)
    cross_check(tracked, summarise_records(records))


def test_infinite_psnr_survives_sql(results: Path, uri: str) -> None:
    write_scores(results / "evaluate/dncnn/denoise-bundled", "dncnn", math.inf)
    track(results, uri)
    tracked = read_results(make_params(), uri)
    psnr = tracked[tracked.method == "dncnn"].psnr
    assert list(psnr) == [math.inf, math.inf]
    cross_check(tracked, summarise_records(collect_records(make_params(), results)))


@pytest.mark.parametrize("column", ["psnr", "ssim", "num_images", "psnr_seed_std"])
def test_cross_check_names_the_first_cell_that_differs(results: Path, column: str) -> None:
    filed = summarise_records(collect_records(make_params(), results))
    tracked = filed.copy()
    tracked[column] = tracked[column].astype(float)
    tracked.loc[3, column] += 2e-9
    with pytest.raises(InputError, match=rf"^{column} of input, denoising, bundled-test, 50 is"):
        cross_check(tracked, filed)


def test_cross_check_names_a_cell_that_one_side_lacks(results: Path) -> None:
    filed = summarise_records(collect_records(make_params(), results))
    with pytest.raises(InputError, match="MLflow has no result of dncnn, denoising"):
        cross_check(filed[1:], filed)
    with pytest.raises(InputError, match="the files have no result of dncnn, denoising"):
        cross_check(filed, filed[1:])


def test_a_changed_result_replaces_its_run_alone(results: Path, uri: str) -> None:
    track(results, uri)
    write_scores(results / "evaluate/dncnn/denoise-bundled", "dncnn", 29.8)
    outcomes = {r.method: outcome for r, outcome in track(results, uri)}
    assert [run for run, outcome in outcomes.items() if outcome == "made"] == ["dncnn"]
    assert names(uri) == EVERY_RUN
    cross_check(
        read_results(make_params(), uri), summarise_records(collect_records(make_params(), results))
    )


def test_seconds_alone_do_not_make_a_new_run(results: Path, uri: str) -> None:
    track(results, uri)
    path = results / "evaluate/dncnn/denoise-bundled/rows.csv"
    write_rows(path, read_rows(path).assign(seconds=9.0))
    assert {outcome for _, outcome in track(results, uri)} == {"kept"}


def test_a_new_training_replaces_its_runs(results: Path, uri: str) -> None:
    track(results, uri)
    shutil.rmtree(results / "methods/dncnn")
    write_network(results / "methods/dncnn", "dncnn", network={"num_features": 32})
    made = [r.method for r, outcome in track(results, uri) if outcome == "made"]
    assert made == ["dncnn"]
    assert names(uri) == EVERY_RUN


def test_a_run_that_a_crash_left_half_written_is_made_again(
    results: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_stream", killed)  # crops, after the method's own files
        with pytest.raises(KeyboardInterrupt):
            track(results, uri)
    half = {run.info.run_id for run in active_runs(uri) if run.info.status == "RUNNING"}
    assert len(half) == 2
    assert read_results(make_params(), uri).empty

    assert {outcome for _, outcome in track(results, uri)} == {"made"}
    assert not half & {run.info.run_id for run in active_runs(uri)}
    assert names(uri) == EVERY_RUN


def test_runs_of_other_profiles_and_of_the_user_stay(results: Path, uri: str) -> None:
    from mlflow import MlflowClient

    track(results, uri)
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("denoising").experiment_id
    mine = client.create_run(experiment, tags={"profile": "laptop"}, run_name="my own").info.run_id
    assert {outcome for _, outcome in track(results, uri, make_params("hour"))} == {"made"}
    assert {outcome for _, outcome in track(results, uri)} == {"kept"}
    runs = active_runs(uri)
    assert len(runs) == 2 * len(EVERY_RUN) + 1
    assert mine in {run.info.run_id for run in runs}
    assert set(read_results(make_params("hour"), uri).run_key).isdisjoint(
        read_results(make_params(), uri).run_key
    )


def test_a_method_that_left_the_grid_leaves_the_list(results: Path, uri: str) -> None:
    track(results, uri)
    params = make_params()
    params.grid.denoising.methods.remove("dncnn")
    assert {outcome for _, outcome in track(results, uri, params)} == {"kept"}
    assert ("evaluation", "dncnn") not in names(uri)
    assert "dncnn" not in set(read_results(make_params(), uri).method)


def test_a_deleted_experiment_and_a_moved_project_are_mended(
    results: Path, uri: str, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    track(results, uri)
    client = MlflowClient(tracking_uri=uri)
    client.delete_experiment(client.get_experiment_by_name("denoising").experiment_id)
    track(results, uri)
    assert names(uri) == EVERY_RUN

    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copy(tmp_path / "mlflow.db", moved)
    there = f"sqlite:///{moved}/mlflow.db"
    assert {outcome for _, outcome in track(results, there)} == {"made"}
    assert names(there) == EVERY_RUN
    assert all(str(moved) in run.info.artifact_uri for run in active_runs(there))


def test_what_a_user_logged_moves_with_the_project(results: Path, uri: str, tmp_path: Path) -> None:
    """As does a run of another profile: its experiment was renamed and deleted before."""
    from mlflow import MlflowClient

    old = tmp_path / "old (1)"
    old.mkdir()
    shutil.copy(tmp_path / "mlflow.db", old)
    before = f"sqlite:///{old}/mlflow.db"
    track(results, before)
    client = MlflowClient(tracking_uri=before)
    place = client.get_experiment_by_name("denoising").experiment_id
    other = client.create_experiment("mine", artifact_location=(old / "mlruns/7").as_uri())
    for experiment, tags in ((place, {}), (other, {}), (place, {"kind": "method", "method": "x",
                                                                "profile": "hour"})):  # fmt: skip
        run = client.create_run(experiment, run_name="own", tags=tags)
        client.log_text(run.info.run_id, "seen", "note.txt")
    moved = tmp_path / "moved é"
    old.rename(moved)
    there = f"sqlite:///{moved}/mlflow.db"
    assert {outcome for _, outcome in track(results, there)} == {"kept"}
    client = MlflowClient(tracking_uri=there)
    assert {(e.name, e.lifecycle_stage) for e in client.search_experiments(view_type=3)} == {
        ("Default", "active"), ("denoising", "active"), ("mine", "active"),
    }  # fmt: skip
    own = [run for run in client.search_runs([place, other]) if run.info.run_name == "own"]
    assert len(own) == 3
    for run in own:
        path = client.download_artifacts(run.info.run_id, "note.txt")
        assert Path(path).read_text() == "seen"


def test_a_store_that_cannot_be_used_is_never_to_be_deleted(
    results: Path, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow
    from mlflow.exceptions import MlflowException

    def outdated(tracking_uri: str) -> None:
        raise MlflowException("Detected out-of-date database schema")

    track(results, uri)
    client = mlflow.MlflowClient(tracking_uri=uri)
    client.create_run(client.get_experiment_by_name("denoising").experiment_id)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mlflow, "MlflowClient", outdated)
    for content in ("it holds 6 runs of this project and 1 others", "your own runs may be in it"):
        with pytest.raises(InputError) as caught:
            track(results, DEFAULT_URI)
        assert f"{content}; rename mlflow.db to keep it as a backup" in str(caught.value)
        assert "delete" not in str(caught.value)
        Path("mlflow.db").write_text("not a database, and long enough to be read as one" * 100)


def test_live_curves_give_way_to_the_finished_run(results: Path, uri: str) -> None:
    for _ in range(2):  # the second training starts over
        live = LiveRun("memnet-denoise", "denoising", "laptop", uri)
        live.log(10, {"loss": 0.5, "validation_psnr": math.nan, "learning_rate": None})
        live.log(10, {"loss": 0.6, "seconds": 3.0})  # a known step, and no curve
    elsewhere = LiveRun("not-in-the-grid", "denoising", "laptop", uri)
    elsewhere.log(1, {"loss": 1.0})
    (run,) = (r for r in active_runs(uri) if r.data.tags["method"] == "memnet-denoise")
    assert (run.info.status, run.data.metrics) == ("RUNNING", {"loss": 0.5})

    track(results, uri)
    assert names(uri) == sorted([*EVERY_RUN, ("training", "not-in-the-grid")])
    with pytest.warns(UserWarning, match="live curves in MLflow end at step 20"):
        live.log(20, {"loss": 0.4})  # its run is gone: the training goes on
    live.log(30, {"loss": 0.3})
    elsewhere.log(2, {"loss": 0.9})
    assert names(uri) == sorted([*EVERY_RUN, ("training", "not-in-the-grid")])


def test_without_mlflow_there_are_no_live_curves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # importing it raises ImportError
    live = LiveRun("memnet-denoise", "denoising", "laptop", "sqlite:///nowhere.db")
    for step in (1, 2):
        live.log(step, {"loss": 1.0})
    said = capsys.readouterr().err  # once
    assert said.startswith("training goes on without live curves: ") and said.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("methods/dncnn/run.json", "train, convert or adopt of dncnn"),
        ("methods/memnet-denoise/history.csv", "train of memnet-denoise"),
        ("calibrate/denoise-bundled/rows.csv", "calibrate of denoise-bundled"),
        ("evaluate/dncnn/denoise-bundled/rows.csv", "evaluate of dncnn on denoise-bundled"),
        ("evaluate/dncnn/denoise-bundled/evaluation.json", "evaluate on denoise-bundled"),
        ("evaluate/dncnn/denoise-bundled/crops/50.png", "evaluate of dncnn on denoise-bundled"),
    ],
)
def test_a_missing_file_names_itself_and_its_stage(results: Path, path: str, message: str) -> None:
    (results / path).unlink()
    with pytest.raises(InputError, match=rf"{path} is missing: .*{message}"):
        collect_records(make_params(), results)


def test_rows_of_other_cells_or_weights_are_refused(results: Path) -> None:
    path = results / "calibrate/denoise-bundled/rows.csv"
    rows = read_rows(path)
    write_rows(path, rows[rows.level == 30])
    with pytest.raises(InputError, match=r"rows\.csv lacks input, denoising, bundled-test, 50"):
        collect_records(make_params(), results)
    write_rows(path, rows)

    shutil.rmtree(results / "methods/dncnn")
    write_network(results / "methods/dncnn", "dncnn", method_sha256="e" * 64)
    with pytest.raises(InputError, match="made with weights bbbbbbbbbbbb, but dncnn has eeee"):
        collect_records(make_params(), results)


def test_a_store_that_mlflow_cannot_read_is_one_sentence(results: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_text("not a database, and long enough to be read as one")
    with pytest.raises(InputError, match=r"file is not a database.*correct MLFLOW_TRACKING_URI"):
        track(results, f"sqlite:///{tmp_path}/broken.db")


def test_a_store_that_was_half_made_is_made_anew(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    def killed(tracking_uri: str) -> None:
        Path(tracking_uri.removeprefix("sqlite:///")).write_text("tables, but not all of them")
        raise KeyboardInterrupt

    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(mlflow, "MlflowClient", killed)
        track(results, uri)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mlflow.db.lock"]
    track(results, uri)
    assert (tmp_path / "new/mlflow.db").is_file()


def test_plain_mlflow_ui_reads_our_store(
    results: Path, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    track(results, uri)  # artifacts lie in the project folder now
    assert tracking_uri() == DEFAULT_URI
    assert mlflow.get_tracking_uri() in (DEFAULT_URI, f"sqlite:///{Path('mlflow.db').resolve()}")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    assert tracking_uri() == "http://localhost:5000"


def test_the_stage_lists_its_runs_and_names_a_missing_file(
    results: Path,
    uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_scores(results / "evaluate/dncnn/denoise-bundled", "dncnn", math.inf)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setattr(track_stage, "load_params", make_params)
    out = results / "track.json"
    arguments = f"--out {out} --metrics results/metrics --curves results/curves.csv".split()
    assert track_stage.main(arguments) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["made"] * 3
    listed = out.read_bytes()
    assert track_stage.main(arguments) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["kept"] * 3
    assert out.read_bytes() == listed

    content = json.loads(listed)
    assert [run["method"] for run in content["runs"]] == ["dncnn", "input", "memnet-denoise"]
    assert not {run.info.run_id for run in active_runs(uri)} & {
        run["run_key"] for run in content["runs"]
    }
    first = content["summary"][0]
    assert (first["method"], first["level"], first["psnr"]) == ("dncnn", 30, "inf")
    assert first["psnr_seed_std"] is None

    metrics = json.loads((results / "metrics/denoising/bundled-test/dncnn.json").read_text())
    assert metrics["s30"] == {"psnr": "inf", "ssim": 0.8}
    table = pd.read_csv(results / "curves.csv")
    assert (set(table.method), len(table)) == ({"memnet-denoise"}, STEPS)

    (results / "methods/dncnn/run.json").unlink()
    assert track_stage.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: results/methods/dncnn/run.json is missing")
    assert error.count("\n") == 1
    assert out.read_bytes() == listed


def test_two_tracks_at_once_bring_a_deleted_store_back_once(results: Path, uri: str) -> None:
    expected = sorted(record.key for record, _ in track(results, uri))
    folder = results.parent / "fresh"
    shutil.copytree(results, folder / "results")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.tracking_files", "mlflow"])  # which takes seconds
    both = [
        server.Process(target=track_in, args=(folder, f"said.{i}"), daemon=True) for i in range(2)
    ]
    for process in both:
        process.start()
    for i, process in enumerate(both):
        process.join(timeout=120)
        assert (process.exitcode, (folder / f"said.{i}").read_text()) == (0, "")
    runs = active_runs(f"sqlite:///{folder}/mlflow.db")
    methods = [run.data.tags for run in runs if run.data.tags["kind"] == "method"]
    assert sorted(tags["run_key"] for tags in methods) == expected


@pytest.mark.parametrize("uri", ["nonsense", "sqlite:///", "ftp://host/x", "http://", "mlruns"])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(InputError, match="MLFLOW_TRACKING_URI must be sqlite:///FILE or start"):
        tracking_uri()
