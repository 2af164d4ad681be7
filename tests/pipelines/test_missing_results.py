"""A result file that is gone is "not run" on the pages; one that is damaged stops the report."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipelines import evaluate, report, track, train
from tests.pipelines.test_stages import EVALUATE, PARAMS, TRAIN, make_project, run, run_to_training
from tests.projects import TRACK

SHOWCASE = "showcase: {image: b, top: 4, left: 8, size: 24}"
EVALUATION = "results/evaluate/memnet-denoise/denoise-tiny"
METHOD = "results/methods/memnet-denoise"
CALIBRATION = "results/calibrate/denoise-tiny"
REPORT = "--out reports/html --summary reports/summary.csv"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with every result of its grid, and the working folder."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        make_project(folder, patch)
        params = PARAMS.replace("showcase: null", SHOWCASE)
        (folder / "params.yaml").write_text(params)
        run_to_training()
        for main, command in ((train, TRAIN), (evaluate, EVALUATE)):
            run(main.main, command)
        run(track.main, TRACK)
        yield folder


@pytest.fixture
def project(finished: Path) -> Iterator[Path]:
    """The finished project, whose results are afterwards what they were."""
    kept = finished / "kept"
    shutil.copytree(finished / "results", kept)
    yield finished
    shutil.rmtree(finished / "results")
    kept.rename(finished / "results")


def denoised(folder: Path) -> pd.DataFrame:
    """Cells of summary.csv about the method and its input on the images of the test."""
    cells = pd.read_csv(folder / "reports/summary.csv")
    return cells[(cells.dataset == "tiny-test") & (cells.task == "denoising")]


@pytest.mark.parametrize(
    ("files", "not_run"),
    [
        (
            [
                (f"{EVALUATION}/rows.csv", "tables.html", "not run"),
                (f"{CALIBRATION}/crops/50-target.png", "index.html", "crop of target on denoise"),
            ],
            {"memnet-denoise"},
        ),
        ([(f"{EVALUATION}/evaluation.json", "tables.html", "not run")], {"memnet-denoise"}),
        ([(f"{METHOD}/run.json", "provenance.html", "not run: everything")], {"memnet-denoise"}),
        (
            [
                (f"{CALIBRATION}/rows.csv", "tables.html", "not run"),
                (f"{METHOD}/history.csv", "training.html", "not run: training curves of memnet"),
                ("results/datasets/tiny-test/sheet.png", "data.html", "not run: contact sheet"),
                (f"{EVALUATION}/probe.json", "network.html", "not run: predictions of memnet-"),
            ],
            {"input"},
        ),
        (
            [
                (f"{CALIBRATION}/calibration.json", "calibration.html", "not run: calibration"),
                (f"{METHOD}/model.safetensors", "network.html", "not run: gates and output"),
                ("results/datasets/tiny-test/survey.json", "data.html", "not run: survey"),
                (f"{CALIBRATION}/crops/50-input.png", "index.html", "crop of input on denoise"),
                (f"{EVALUATION}/crops/50.png", "index.html", "crop of memnet-denoise on"),
            ],
            set(),
        ),
    ],
)
def test_a_file_that_is_gone_is_not_run(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    files: list[tuple[str, str, str]],
    not_run: set[str],
) -> None:
    for path, _, _ in files:
        (project / path).unlink()
    run(report.main, REPORT)
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("missing")]
    assert len(said) == len(files)
    overview = " ".join((project / "reports/html/index.html").read_text().split())
    assert f"Missing: {len(files)} result file" in overview
    for path, page, gone in files:
        assert any(line.startswith(f"missing: {path}: not run: ") for line in said)
        assert gone in (project / "reports/html" / page).read_text()
        assert f"({path})" in overview
    cells = denoised(project)
    assert set(cells[cells.ours.isna()].our_method) == not_run
    assert set(cells[cells.ours.isna()].status) <= {"not run"}
    assert set(cells[cells.ours.notna()].our_method) == {"input", "memnet-denoise"} - not_run


def test_every_result_gone_is_a_report_all_the_same(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(project / "results")
    (project / "results").mkdir()
    run(report.main, REPORT)
    assert "missing: results/methods/memnet-denoise/run.json" in capsys.readouterr().err
    assert denoised(project).ours.isna().all()


@pytest.mark.parametrize(
    "path",
    [
        f"{EVALUATION}/rows.csv",
        f"{EVALUATION}/evaluation.json",
        f"{METHOD}/run.json",
        f"{METHOD}/history.csv",
        f"{METHOD}/model.safetensors",
        f"{CALIBRATION}/calibration.json",
        "results/datasets/tiny-test/survey.json",
    ],
)
def test_a_damaged_file_is_named_and_stops_the_report(
    project: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    file = project / path
    file.write_bytes(file.read_bytes()[:40])
    shutil.rmtree(project / "reports", ignore_errors=True)
    assert report.main(REPORT.split()) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and path in said
    assert not (project / "reports/html").exists()


def test_a_result_that_differs_from_mlflow_stops_the_report(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / EVALUATION / "rows.csv"
    rows = pd.read_csv(path)
    rows.assign(psnr=rows.psnr + 1).to_csv(path, index=False)
    assert report.main(REPORT.split()) == 1
    assert "psnr of memnet-denoise, denoising, tiny-test, 50 is" in capsys.readouterr().err


def test_weights_that_changed_since_the_evaluation_stop_the_report(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / METHOD / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"method_sha256": "e" * 64}))
    assert report.main(REPORT.split()) == 1
    assert "was made with weights" in capsys.readouterr().err
