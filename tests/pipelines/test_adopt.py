"""Methods of others through every stage: adopted, evaluated, tracked and reported."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from memnet.files import read_json, sha256_of
from memnet.imaging.io import read_image, write_png
from memnet.imaging.noise import add_gaussian_noise
from memnet.models.memnet import MemNet
from memnet.results.rows import read_rows
from memnet.tasks import TASKS
from pipelines import adopt, calibrate, degrade, evaluate, fetch, report, survey, track
from tests.models.caffe_files import write_caffemodel
from tests.models.memnet_twin import config
from tests.projects import IMAGES, TRACK, make_project, smooth_image

SIGMA = 50
PARAMS = """
profile: test
budget: nothing is trained
datasets: [tiny]
benchmarks:
  sr-tiny:
    task: super_resolution
    dataset: tiny
    levels: [2, 3]
    seeds: [0]
    tiling: official
    showcase: {image: head, top: 4, left: 8, size: 24}
    save_images: true
  denoise-tiny:
    task: denoising
    dataset: tiny
    levels: [50]
    seeds: [0]
    tiling: whole
    showcase: null
training_sets: {}
networks: {}
recipes: {}
experiments: {}
converted: []
released: []
methods:
  files: {kind: images, folder: restored, tasks: {super_resolution: [2]}}
  darker:
    kind: callable
    callable: adopted_function:darker
    parallel: false
    tasks: {super_resolution: [2, 3], denoising: [50]}
  caffe: {kind: caffemodel, file: MemNet.caffemodel, tasks: {denoising: [50]}}
grid:
  super_resolution: {methods: [files, darker], benchmarks: [sr-tiny]}
  denoising: {methods: [caffe, darker], benchmarks: [denoise-tiny]}
  jpeg_deblocking: {methods: [], benchmarks: []}
tables:
  SRCNN: {super_resolution: files}
  MemNet: {denoising: caffe}
calibration: {input: {psnr: 0.02, ssim: 0.0005}, noise_psnr: 0.3,
  baselines: {psnr: 0.05, ssim: 0.001}, known_misses: {}}
claims: {smallest_gain: 0.01, min_seeds: 3, confidence: 0.95,
  gate_margin: 0.02, convergence: 0.1, spectrum_margin: 0.1}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a method of each kind, whose dataset is fetched, degraded and calibrated."""
    make_project(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "adopted_function", raising=False)
    Path("params.yaml").write_text(PARAMS)
    Path("adopted_function.py").write_text("def darker(plane): return 0.9 * plane\n")
    importlib.invalidate_caches()
    task = TASKS["super_resolution"]
    for seed, name in enumerate(IMAGES):
        pair = task.degrade(task.plane(smooth_image(seed)), 2, seed=0)
        better = (pair.target + 255 * pair.degraded) / 2
        write_png(f"restored/tiny/x2/{name}.png", better.round().clip(0, 255).astype(np.uint8))
    write_memnet(bias=-mean_noise())
    return tmp_path


def mean_noise() -> float:
    """Of the one draw that all images of this size are given."""
    plane = TASKS["denoising"].plane(smooth_image(0))
    return float((add_gaussian_noise(plane, SIGMA, seed=0) - plane / 255).mean())


def write_memnet(*, bias: float) -> None:
    """An official file whose network adds `bias` to its input."""
    network = MemNet(config(2, 1, 3, initialization="zero_residual"))
    with torch.no_grad():
        network.get_parameter("reconstruct.conv.bias").fill_(bias)
    write_caffemodel(Path("MemNet.caffemodel"), network)


def run(main: Callable[[list[str]], int], command: str) -> None:
    assert main(command.split()) == 0


def prepare() -> None:
    run(fetch.main, "--dataset tiny --out datasets/raw/tiny")
    run(survey.main, "--dataset tiny --raw datasets/raw/tiny --out results/datasets/tiny")
    for name in ("sr-tiny", "denoise-tiny"):
        run(degrade.main, f"--set {name} --raw datasets/raw/tiny --out datasets/pairs/{name}")
        pairs = f"--pairs datasets/pairs/{name}"
        run(calibrate.main, f"--benchmark {name} {pairs} --out results/calibrate/{name}")


def adopting(method: str) -> str:
    return f"--method {method} --out results/methods/{method}"


def evaluating(method: str, benchmark: str) -> str:
    return (
        f"--benchmark {benchmark} --method results/methods/{method} "
        f"--pairs datasets/pairs/{benchmark} --calibration results/calibrate/{benchmark} "
        f"--out results/evaluate/{method}/{benchmark} --device cpu"
    )


def record(method: str) -> dict[str, object]:
    found: dict[str, object] = read_json(f"results/methods/{method}/run.json")
    return found


CELLS = [
    ("files", "sr-tiny"), ("darker", "sr-tiny"), ("caffe", "denoise-tiny"),
    ("darker", "denoise-tiny"),
]  # fmt: skip


def test_methods_of_every_kind_reach_the_tables(project: Path) -> None:
    prepare()
    for method in ("files", "darker", "caffe"):
        run(adopt.main, adopting(method))
    for method, benchmark in CELLS:
        run(evaluate.main, evaluating(method, benchmark))
    for method, engine in (("darker", "python"), ("files", "files")):
        about = read_json(f"results/evaluate/{method}/sr-tiny/evaluation.json")
        assert (about["engine"], about["tiling"]) == (engine, "none of ours")
    run(track.main, TRACK)
    run(report.main, "--out reports/html --summary reports/summary.csv")

    summary = pd.read_csv("reports/summary.csv").query("table in (3, 4) and dataset == 'tiny'")
    shown = summary[summary.metric == "psnr"].set_index(["our_method", "task", "level"])
    for method, benchmark in CELLS:
        rows = read_rows(f"results/evaluate/{method}/{benchmark}/rows.csv")
        for (task, level), psnr in rows.groupby(["task", "level"]).psnr.mean().items():
            assert shown.ours[method, task, level] == pytest.approx(psnr, abs=0.005)
    assert shown.status["files", "super_resolution", 3] == "not offered"
    assert np.isnan(shown.ours["files", "super_resolution", 3])
    assert set(shown.status.drop(("files", "super_resolution", 3))) == {"ours only"}
    assert dict(zip(summary.our_method, summary.budget, strict=True)) == {
        "input": "untrained", "files": "restored images", "darker": "function",
        "caffe": "authors' weights",
    }  # fmt: skip
    pages = {path.stem: path.read_text() for path in Path("reports/html").glob("*.html")}
    for words in ("<dt>function</dt><dd>adopted_function:darker</dd>",
                  "<dt>images from</dt><dd>restored</dd>", str(record("caffe")["method_sha256"]),
                  "<dt>restores</dt><dd>Super-resolution ×2</dd>"):  # fmt: skip
        assert words in pages["provenance"]
    assert 'title="not offered: the method does not restore this level">—</span>' in pages["tables"]
    assert pages["images"].count("<figcaption>SRCNN<") == 1  # its column; no crop at x3
    assert pages["images"].count("<figcaption>darker<") == 4  # two crops, two losses


def test_images_that_changed_are_another_method(project: Path) -> None:
    prepare()
    run(adopt.main, adopting("files"))
    first = Path("results/methods/files/run.json").read_bytes()
    run(adopt.main, adopting("files"))
    assert Path("results/methods/files/run.json").read_bytes() == first
    run(evaluate.main, evaluating("files", "sr-tiny"))
    before = read_rows("results/evaluate/files/sr-tiny/rows.csv")
    saved = Path("results/evaluate/files/sr-tiny/images/tiny/x2")
    for name in IMAGES:
        shown = [
            read_image(f / f"{name}.png", min_side=1) for f in (saved, Path("restored/tiny/x2"))
        ]
        np.testing.assert_array_equal(*shown)

    plane = read_image("restored/tiny/x2/head.png", min_side=1)
    write_png("restored/tiny/x2/head.png", np.roll(plane, 1))
    digest = record("files")["method_sha256"]
    run(adopt.main, adopting("files"))
    assert record("files")["method_sha256"] != digest
    run(evaluate.main, evaluating("files", "sr-tiny"))
    after = read_rows("results/evaluate/files/sr-tiny/rows.csv")
    assert list(before.psnr == after.psnr) == [True, False]
    about = read_json("results/evaluate/files/sr-tiny/evaluation.json")
    assert about["method_sha256"] == record("files")["method_sha256"]
    assert (about["engine"], about["tiling"]) == ("files", "none of ours")


def test_a_function_that_changed_is_another_method(project: Path) -> None:
    run(adopt.main, adopting("darker"))
    assert record("darker")["method_sha256"] == sha256_of("adopted_function.py")
    Path("adopted_function.py").write_text("def darker(plane): return 0.8 * plane\n")
    run(adopt.main, adopting("darker"))
    assert record("darker")["method_sha256"] == sha256_of("adopted_function.py")


def test_what_others_made_is_shown_though_it_does_not_beat_its_input(project: Path) -> None:
    prepare()
    run(adopt.main, adopting("darker"))
    run(evaluate.main, evaluating("darker", "sr-tiny"))
    rows = read_rows("results/evaluate/darker/sr-tiny/rows.csv")
    inputs = read_rows("results/calibrate/sr-tiny/rows.csv")
    assert (rows.psnr.to_numpy() < inputs.psnr.to_numpy()).all()
    assert sorted(set(rows.level)) == [2, 3]


def test_a_caffemodel_is_converted_with_its_origin(project: Path) -> None:
    run(adopt.main, adopting("caffe"))
    run_json = record("caffe")
    assert (run_json["kind"], run_json["network"]["kind"]) == ("converted", "memnet")
    assert run_json["tasks"] == {"denoising": [50]}
    assert run_json["origin"] == {"MemNet.caffemodel": sha256_of("MemNet.caffemodel")}
    assert run_json["method_sha256"] == sha256_of("results/methods/caffe/model.safetensors")


def test_a_network_must_beat_its_input(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    run(adopt.main, adopting("caffe"))
    run(evaluate.main, evaluating("caffe", "denoise-tiny"))  # takes away the mean of the noise
    write_memnet(bias=0)
    run(adopt.main, adopting("caffe"))
    before = Path("results/evaluate/caffe/denoise-tiny/rows.csv").read_bytes()
    capsys.readouterr()
    assert evaluate.main(evaluating("caffe", "denoise-tiny").split()) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: caffe must beat its own degraded input on tiny, but does not")
    assert error.count("\n") == 1
    assert Path("results/evaluate/caffe/denoise-tiny/rows.csv").read_bytes() == before


# What is refused


def _forget_head() -> None:
    Path("restored/tiny/x2/head.png").unlink()


def _break_module() -> None:
    Path("adopted_function.py").write_text("import no_such_module\n")
    importlib.invalidate_caches()
    sys.modules.pop("adopted_function", None)


@pytest.mark.parametrize(
    ("method", "spoil", "sentence"),
    [
        ("files", _forget_head, "restored/tiny/x2 must hold an image for each of the 2 of tiny, 1 "
         "is missing: head; name each file after its image"),
        ("darker", _break_module, "module 'adopted_function' of adopted_function:darker could not "
         "be imported: there is no module 'no_such_module' here; install it, or run in the folder "
         "that holds it"),
        ("caffe", Path("MemNet.caffemodel").unlink,
         "MemNet.caffemodel is missing: fetch the authors' weights first"),
        ("other", lambda: None, "method must be one of files, darker, caffe, got 'other'"),
    ],
)  # fmt: skip
def test_a_method_with_a_fault_leaves_the_adopted_one_as_it_is(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    method: str,
    spoil: Callable[[], None],
    sentence: str,
) -> None:
    if method != "other":
        run(adopt.main, adopting(method))
    before = {path: path.read_bytes() for path in Path("results").rglob("*.*")}
    spoil()
    capsys.readouterr()
    assert adopt.main(adopting(method).split()) == 1
    assert capsys.readouterr() == ("", f"error: {sentence}\n")
    assert {path: path.read_bytes() for path in Path("results").rglob("*.*")} == before


@pytest.mark.parametrize(
    ("method", "benchmark", "change", "sentence"),
    [
        ("files", "denoise-tiny", ("", ""), "files is for super_resolution, not for denoising"),
        ("files", "sr-tiny", ("levels: [2, 3]", "levels: [3, 4]"),
         "files restores no level of sr-tiny: take it out of the grid"),
    ],
)  # fmt: skip
def test_a_method_is_evaluated_only_on_what_it_restores(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    method: str,
    benchmark: str,
    change: tuple[str, str],
    sentence: str,
) -> None:
    run(adopt.main, adopting(method))
    Path("params.yaml").write_text(PARAMS.replace(*change))
    capsys.readouterr()
    assert evaluate.main(evaluating(method, benchmark).split()) == 1
    assert capsys.readouterr().err == f"error: {sentence}\n"
