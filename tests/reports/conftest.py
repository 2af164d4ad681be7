"""A synthetic report: every number in it is made up, and none was measured."""

import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from memnet.params import Calibration, Claims
from memnet.published.cells import load_published
from memnet.published.verdict import Tolerance
from memnet.results.rows import ResultKey
from reports.claims import judging
from reports.claims.judging import load_claims
from reports.pages import figures, render, tradeoff
from reports.pages.drawing import Drawing
from reports.pages.model import Comparison, Crop, Extreme, GateNorms, Report
from tests.records import changed, make_record

HOSTILE = "<script>a_b & c%|`*[x]"
LEVELS = {"super_resolution": (2, 3, 4), "denoising": (30, 50, 70), "jpeg_deblocking": (10, 20)}
METHODS = {
    "super_resolution": ("memnet-sr", "memnet-nl-sr", "memnet-ns-sr", "vdsr-sr", "drcn-sr"),
    "denoising": ("memnet-denoise",),
    "jpeg_deblocking": ("memnet-jpeg",),
}
PROTOCOLS = {
    "super_resolution": "Synthetic protocol sentence for super-resolution.",
    "denoising": "Synthetic protocol sentence for denoising.",
    "jpeg_deblocking": "Synthetic protocol sentence for JPEG deblocking.",
}
COLUMNS = {
    "MemNet": {
        "super_resolution": "memnet-sr",
        "denoising": "memnet-denoise",
        "jpeg_deblocking": "memnet-jpeg",
    },
    "MemNet_NL": {"super_resolution": "memnet-nl-sr"},
    "MemNet_NS": {"super_resolution": "memnet-ns-sr"},
    "VDSR": {"super_resolution": "vdsr-sr"},
    "DRCN": {"super_resolution": "drcn-sr"},
}
RULES = Claims(
    smallest_gain=0.01, min_seeds=3, confidence=0.95, gate_margin=0.02,
    convergence=0.1, spectrum_margin=0.1,
)  # fmt: skip
CALIBRATION = Calibration(
    input=Tolerance(psnr=0.02, ssim=0.0005), noise_psnr=0.05,
    baselines=Tolerance(psnr=0.05, ssim=0.001), known_misses={},
)  # fmt: skip


def result(place: ResultKey, psnr: float, ssim: float, **changes: Any) -> dict[str, Any]:
    """One row of a summary."""
    noisy = place.task == "denoising"
    row = {**place._asdict(), "psnr": psnr, "ssim": ssim, "num_images": 6}
    row |= {"num_seeds": 3 if noisy else 1, "psnr_seed_std": 0.013 if noisy else np.nan}
    return {**row, "run_key": f"key-of-{place.method}", **changes}


_DRAWN: dict[bytes, Drawing] = {}
_published = cache(load_published)
_claims = cache(lambda: load_claims(_published()))


def _once(draw: Callable[[Any], Drawing]) -> Callable[[Any], Drawing]:
    def drawn(subject: Any) -> Drawing:
        key = pickle.dumps((draw.__name__, subject))
        if key not in _DRAWN:
            _DRAWN[key] = draw(subject)
        return _DRAWN[key]

    return drawn


@pytest.fixture(autouse=True, scope="package")
def _slow_parts_are_done_once() -> Iterator[None]:
    """Equal figures are drawn once for all tests, the paper's tables and claims read once.

    They take most of a render's time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "load_published", _published)
        patch.setattr(judging, "load_claims", lambda published: _claims())
        for name in (
            "training_curves", "gate_norm_figure", "recipe_figure", "prediction_figure",
            "spectrum_figure",
        ):  # fmt: skip
            patch.setattr(figures, name, _once(getattr(figures, name)))
        patch.setattr(tradeoff, "trade_off_figure", _once(tradeoff.trade_off_figure))
        yield


def make_image_psnr(summary: pd.DataFrame) -> pd.DataFrame:
    """Six images and the seeds of each result, whose mean is that of the summary."""
    scores = [
        {**{name: row[name] for name in ResultKey._fields}, "image": f"image-{i}", "seed": seed}
        | {"psnr": row["psnr"] + (i - 2.5) * (1 + row["level"] / 1000) + 0.01 * (seed - 1)}
        for row in summary.to_dict("records")
        for i in range(6)
        for seed in range(row["num_seeds"])
    ]
    return pd.DataFrame(scores, columns=[*ResultKey._fields, "image", "seed", "psnr"])


def make_grid(datasets: dict[str, tuple[str, ...]]) -> tuple[ResultKey, ...]:
    return tuple(
        ResultKey(method, task, dataset, level)
        for task, names in datasets.items()
        for method in ("input", *METHODS[task])
        for dataset in names
        for level in LEVELS[task]
    )


def png(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    stream = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def make_history() -> pd.DataFrame:
    steps = np.arange(0, 301, 10)
    measured = steps % 100 == 0
    return pd.DataFrame(
        {
            "step": steps,
            "loss": 0.02 * np.exp(-steps / 80) + 0.001,
            "validation_psnr": np.where(measured, 28 + steps / 200, np.nan),
            "validation_input_psnr": np.where(measured, 28.3, np.nan),
        }
    )


def make_gates() -> GateNorms:
    rng = np.random.default_rng(0)
    norms = tuple(rng.uniform(0.1, 0.9, 24 * (3 + m)) for m in (1, 2, 3))
    return GateNorms(norms, num_features=24, num_recursions=3, long_term=True, short_term=True)


def make_probe(method: str, dataset: str) -> dict[str, Any]:
    """What the blocks of a network predict, at two levels."""
    return {
        "method": method,
        "benchmark": dataset,
        "task": "super_resolution",
        "dataset": dataset,
        "num_images": 6,
        "spectra_of": "bird",
        "multiply_adds": [100, 200, 300],
        "levels": {
            "2": {"psnr": [30.0, 31.0, 31.5, 31.6], "spectra": [[3.0, 2.0, 1.0]] * 4},
            "3": {"psnr": [28.0, 28.5, 28.4, 28.6], "spectra": [[3.0, 2.0, 1.0]] * 4},
        },
    }


def make_extremes(method: str, dataset: str) -> tuple[Extreme, Extreme]:
    """Worst and best image of a method at scale 2."""
    labels = (("target", None), ("input", 28.1), (method, 27.9))
    crops = tuple(Crop(label, png(seed), psnr) for seed, (label, psnr) in enumerate(labels))
    place = ResultKey(method, "super_resolution", dataset, 2)
    window = {"top": 3, "left": 4, "height": 16, "width": 16}
    worst = Extreme("worst", place, "image-0", window, crops)
    return worst, replace(worst, kind="best", image="image-5")


def make_report(datasets: dict[str, tuple[str, ...]], **changes: Any) -> Report:
    grid = make_grid(datasets)
    rows = [
        result(place, 34.0 - place.level / 10 + 0.1 * i % 1, 0.9 - place.level / 1000)
        for i, place in enumerate(grid)
    ]
    records = tuple(make_record(name, task) for task, names in METHODS.items() for name in names)
    crops = (
        Crop("target", png(0), None),
        Crop("input", png(1), 28.1),
        Crop("memnet-sr", png(2), 29),
    )
    probed = product(("memnet-sr", "memnet-nl-sr"), datasets.get("super_resolution", ())[:1])
    values: dict[str, Any] = {
        "profile": "synthetic",
        "budget": "made-up numbers, no network was trained",
        "created": "2000-01-01 00:00 UTC",
        "commit": "0" * 40,
        "versions": {"memnet": "0.0.0", "python": "3.11"},
        "summary": pd.DataFrame(rows),
        "image_psnr": make_image_psnr(pd.DataFrame(rows)),
        "grid": grid,
        "records": records,
        "columns": COLUMNS,
        "protocols": PROTOCOLS,
        "calibration": (
            calibration("set5", 2, "psnr", 33.664, 33.66, "within"),
            calibration("set5", 2, "ssim", 0.9211, 0.9299, "outside"),
            calibration("bundled-test", 2, "psnr", 31.0, None, "no published value"),
        ),
        "calibration_rules": CALIBRATION,
        "frontier": (),
        "ruler": None,
        "claim_rules": RULES,
        "histories": {"memnet-sr": make_history(), "vdsr-sr": make_history()},
        "gate_norms": {"memnet-sr": make_gates()},
        "output_weights": {"memnet-sr": (-0.01, 0.21, 0.8)},
        "datasets": (),
        "probes": tuple(make_probe(*place) for place in probed),
        "comparisons": (
            Comparison("sr-bundled", "super_resolution", "bundled-test", 2, "chelsea", crops),
        ),
        "extremes": tuple(
            extreme
            for dataset in datasets.get("super_resolution", ())[:1]
            for extreme in make_extremes("memnet-sr", dataset)
        ),
        "provenance": {"Data": {"bundled-test": "d" * 64}},
        "stage_times": (),
        "config": "profile: synthetic\n",
        "missing": (),
    }
    return Report(**{**values, **changes})


def calibration(
    dataset: str, level: int, metric: str, ours: float, published: float | None, verdict: str
) -> dict[str, Any]:
    return {
        "task": "super_resolution",
        "dataset": dataset,
        "level": level,
        "metric": metric,
        "ours": ours,
        "published": published,
        "source": None if published is None else "drrn, hzh",
        "tolerance": 0.02 if metric == "psnr" else 0.0005,
        "note": None,
        "verdict": verdict,
    }


@pytest.fixture(scope="package")
def bundled() -> Report:
    """A profile whose test images the paper does not have."""
    return make_report(dict.fromkeys(LEVELS, ("bundled-test",)))


@pytest.fixture(scope="package")
def full() -> Report:
    """A profile with some of the paper's own test images."""
    return make_report(
        {
            "super_resolution": ("set5", "set14"),
            "denoising": ("s14", "bsd200-half"),
            "jpeg_deblocking": ("classic5",),
        }
    )


@pytest.fixture
def build() -> Callable[..., Report]:
    """Factory of synthetic reports: datasets by task, and fields to change."""
    return make_report


@pytest.fixture
def hostile() -> Report:
    """A profile with a method whose name holds what each format would read."""
    report = make_report({"super_resolution": ("set5",)})
    return replace(
        report,
        grid=tuple(_renamed(place) for place in report.grid),
        summary=report.summary.replace("memnet-sr", HOSTILE),
        records=tuple(
            changed(record, method=record.method.replace("memnet-sr", HOSTILE))
            for record in report.records
        ),
        columns={"MemNet": {"super_resolution": HOSTILE}},
    )


def _renamed(place: ResultKey) -> ResultKey:
    return place._replace(method=HOSTILE) if place.method == "memnet-sr" else place
