"""Every stage's main, in order, on three small images made here: what goes in, what comes out."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from memnet.errors import InputError
from memnet.imaging.io import pixel_sha256
from memnet.results.reader import read_png
from memnet.results.rows import ROW_COLUMNS
from pipelines import calibrate, degrade, evaluate, fetch, report, survey, track, train
from tests.projects import TRACK

REGISTRY = """
{name}:
  title: Smooth synthetic images
  role: {role}
  count: {count}
  licence: none needed
  citation: made by the test
  sources:
    - mirror: {name}
"""
PARAMS = """
profile: test
budget: 30 steps on tiny images
datasets: [tiny-train, tiny-test]
benchmarks:
  sr-tiny:
    task: super_resolution
    dataset: tiny-test
    levels: [2]
    seeds: [0]
    tiling: official
    showcase: {image: b, top: 4, left: 8, size: 24}
  denoise-tiny:
    task: denoising
    dataset: tiny-test
    levels: [50]
    seeds: [0, 1]
    tiling: whole
    showcase: null
training_sets:
  denoise-tiny-train: {task: denoising, dataset: tiny-train, levels: [50], validation: [c]}
networks:
  tiny:
    kind: memnet
    num_memory_blocks: 2
    num_recursions: 1
    num_features: 8
    multi_supervised: true
    long_term: true
    short_term: true
    initialization: zero_residual
recipes:
  modern:
    optimizer: adamw
    schedule: cosine
    step_epochs: null
    warmup: 0.1
    clip: null
    weight_decay: 0.0001
    bias_lr_scale: 1.0
    batch_size: 8
    patch_size: 16
    stride: 8
    bn_average: 0.9
experiments:
  memnet-denoise:
    task: denoising
    network: tiny
    training_set: denoise-tiny-train
    recipe: modern
    learning_rate: 0.01
    budget: {steps: 30}
    validate_every: 10
    seed: 0
converted: []
released: []
methods: {}
grid:
  super_resolution: {methods: [], benchmarks: [sr-tiny]}
  denoising: {methods: [memnet-denoise], benchmarks: [denoise-tiny]}
  jpeg_deblocking: {methods: [], benchmarks: []}
tables:
  MemNet: {denoising: memnet-denoise}
calibration: {input: {psnr: 0.02, ssim: 0.0005}, noise_psnr: 0.3,
  baselines: {psnr: 0.05, ssim: 0.001}, known_misses: {}}
claims: {smallest_gain: 0.01, min_seeds: 3, confidence: 0.95,
  gate_margin: 0.02, convergence: 0.1, spectrum_margin: 0.1}
"""


def smooth_image(seed: int) -> Image.Image:
    """RGB image of slow waves, which any denoiser can learn to restore."""
    generator = np.random.RandomState(seed)
    y, x = np.mgrid[0:48, 0:56] / 40
    waves = [np.sin(3 * (a * x + b * y) + c) for a, b, c in generator.uniform(-1, 1, (3, 3))]
    return Image.fromarray(np.uint8(127 + 90 * np.stack(waves, axis=-1)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder, and the working folder."""
    return make_project(tmp_path, monkeypatch)


def make_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `folder` a project with a catalogue of two sets, whose images lie in a mirror."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MEMNET_MIRROR", str(folder / "mirror"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (folder / "datasets/own/hashes").mkdir(parents=True)
    registry = ""
    for role, names in (("train", "abc"), ("test", "ab")):
        images = folder / "mirror" / f"tiny-{role}"
        images.mkdir(parents=True)
        lines = []
        for number, name in enumerate(names):
            file = images / f"{name}.png"
            smooth_image(number + (100 if role == "test" else 0)).save(file)
            data = file.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            lines.append(f"{digest} {pixel_sha256(file)} {len(data)} {file.name}\n")
        (folder / f"datasets/own/hashes/tiny-{role}.txt").write_text("".join(lines))
        registry += REGISTRY.format(name=f"tiny-{role}", role=role, count=len(names))
    (folder / "datasets/own/registry.yaml").write_text(registry)
    (folder / "params.yaml").write_text(PARAMS)
    return folder


def run(main: Callable[[list[str]], int], command: str) -> None:
    assert main(command.split()) == 0


def run_to_training() -> None:
    for name in ("tiny-train", "tiny-test"):
        run(fetch.main, f"--dataset {name} --out datasets/raw/{name}")
        run(
            survey.main, f"--dataset {name} --raw datasets/raw/{name} --out results/datasets/{name}"
        )
    for name, raw in (
        ("sr-tiny", "tiny-test"),
        ("denoise-tiny", "tiny-test"),
        ("denoise-tiny-train", "tiny-train"),
    ):
        run(degrade.main, f"--set {name} --raw datasets/raw/{raw} --out datasets/pairs/{name}")
    for name in ("sr-tiny", "denoise-tiny"):
        pairs = f"--pairs datasets/pairs/{name}"
        run(calibrate.main, f"--benchmark {name} {pairs} --out results/calibrate/{name}")


TRAIN = (
    "--experiment memnet-denoise --pairs datasets/pairs/denoise-tiny-train "
    "--out results/methods/memnet-denoise --device cpu"
)
EVALUATE = (
    "--benchmark denoise-tiny --method results/methods/memnet-denoise "
    "--pairs datasets/pairs/denoise-tiny --calibration results/calibrate/denoise-tiny "
    "--out results/evaluate/memnet-denoise/denoise-tiny --device cpu"
)


def test_stages_from_images_to_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_to_training()
    assert {p.name for p in (project / "results/calibrate/sr-tiny").iterdir()} == {
        "rows.csv", "calibration.json", "crops"
    }  # fmt: skip
    run(train.main, TRAIN)
    record = json.loads((project / "results/methods/memnet-denoise/run.json").read_text())
    assert record["steps"] == 30
    assert record["training_set"]["num_images"] == 2
    assert record["validation_psnr"]["50"] > record["validation_input_psnr"]["50"]
    assert not list((project / ".scratch").rglob("*.safetensors"))  # a finished run needs none
    run(evaluate.main, EVALUATE)
    rows = pd.read_csv(project / "results/evaluate/memnet-denoise/denoise-tiny/rows.csv")
    assert list(rows.columns) == ROW_COLUMNS
    assert len(rows) == 2 * 2  # images x noise seeds
    extremes = project / "results/evaluate/memnet-denoise/denoise-tiny/extremes"
    assert len(list(extremes.iterdir())) == 2 * 4  # a record and three PNGs each
    run(track.main, TRACK)
    run(report.main, "--out reports/html --summary reports/summary.csv")
    images = (project / "reports/html/images.html").read_text()
    worst = json.loads((extremes / "50-worst.json").read_text())
    assert f"{worst['image']}, 48×56 pixels from row 0 and column 0" in images  # all of it
    assert f"{worst['psnr']:.2f} dB" in images
    page = (project / "reports/html/index.html").read_text()
    assert "30 steps on tiny images" in page
    summary = pd.read_csv(project / "reports/summary.csv")
    ours = summary[(summary.our_method == "memnet-denoise") & (summary.metric == "psnr")].ours
    means = rows.groupby("seed").psnr.mean()
    assert list(ours.dropna()) == [round(float(means.mean()), 2)]  # as the table prints it
    claims = pd.read_csv(project / "reports/html/claims.csv")
    assert set(claims.claim) == set(range(1, 24))
    denoising = claims[claims.task == "denoising"].set_index("claim")
    assert denoising.reason[2] == "needs one network for σ 30, σ 50 and σ 70"
    assert set(claims[claims.claim == 17].verdict) == {"by construction"}
    known = {".scratch", "datasets", "mirror", "params.yaml", "results", "reports"}
    written = {p.name for p in project.iterdir()} - known
    assert {name for name in written if not name.startswith("mlflow.db")} == {"mlartifacts"}
    capsys.readouterr()
    run(track.main, TRACK)
    assert "made" not in capsys.readouterr().out  # a second time adds nothing


def test_a_damaged_crop_is_told_before_a_page_shows_it(tmp_path: Path) -> None:
    crop = tmp_path / "2-input.png"
    smooth_image(0).save(crop)
    whole = crop.read_bytes()
    assert read_png(crop) == whole
    crop.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"2-input\.png"):
        read_png(crop)


def test_same_seed_trains_the_same_weights(project: Path) -> None:
    run_to_training()
    weights = project / "results/methods/memnet-denoise/model.safetensors"
    run(train.main, TRAIN)
    first = weights.read_bytes()
    run(train.main, TRAIN)
    assert weights.read_bytes() == first


@pytest.mark.slow
def test_torchrun_trains_the_same_network(project: Path) -> None:
    run_to_training()
    run(train.main, TRAIN)
    folder = project / "results/methods/memnet-denoise"
    alone = pd.read_csv(folder / "history.csv")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    root = str(Path(__file__).parents[2])
    subprocess.run(
        [*command, "2", "-m", "pipelines.train", *TRAIN.split()], check=True, timeout=240,
        env=os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    record = json.loads((folder / "run.json").read_text())
    assert (record["steps"], record["environment"]["processes"]) == (30, 2)
    together = pd.read_csv(folder / "history.csv")
    columns = ["step", "epoch", "loss", "validation_psnr"]
    np.testing.assert_allclose(together[columns], alone[columns], rtol=1e-3)
    assert not list((project / ".scratch").rglob("*.safetensors"))


def test_network_that_does_not_beat_its_input_fails(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_to_training()
    params = project / "params.yaml"
    params.write_text(PARAMS.replace("learning_rate: 0.01", "learning_rate: 1.0e-12"))
    run(train.main, TRAIN)
    assert evaluate.main(EVALUATE.split()) == 1
    said = capsys.readouterr().err
    assert "memnet-denoise must beat its own degraded input on tiny-test" in said
    assert said.count("\n") == 1
    assert not list((project / "results/evaluate").rglob("*.csv"))


def test_training_images_are_refused_as_test_images(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_to_training()
    run(train.main, TRAIN)
    run_json = project / "results/methods/memnet-denoise/run.json"
    record = json.loads(run_json.read_text())
    record["training_set"]["dataset"] = "tiny-test"
    run_json.write_text(json.dumps(record))
    assert evaluate.main(EVALUATE.split()) == 1
    assert "must share no image, got 2 in both (a, b)" in capsys.readouterr().err


def test_row_off_its_published_value_stops_the_pipeline(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_to_training()
    params = project / "params.yaml"
    params.write_text(PARAMS.replace("noise_psnr: 0.3", "noise_psnr: 1.0e-9"))
    command = "--benchmark denoise-tiny --pairs datasets/pairs/denoise-tiny --out results/x"
    assert calibrate.main(command.split()) == 1
    assert "denoise-tiny is not measured as the paper did: psnr" in capsys.readouterr().err
    assert not (project / "results/x").exists()


@pytest.mark.parametrize(
    ("mode", "size", "sentence"),
    [("RGBA", (48, 48), "RGBA"), ("I;16", (48, 48), "16"), ("L", (1, 1), "1x1")],
)
def test_bad_image_is_refused_by_degrade(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    size: tuple[int, int],
    sentence: str,
) -> None:
    run(fetch.main, "--dataset tiny-test --out datasets/raw/tiny-test")
    Image.new(mode, size).save(project / "datasets/raw/tiny-test/a.png")
    command = "--set sr-tiny --raw datasets/raw/tiny-test --out datasets/pairs/sr-tiny"
    assert degrade.main(command.split()) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (project / "datasets/pairs/sr-tiny").exists()
