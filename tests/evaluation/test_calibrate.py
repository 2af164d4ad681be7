"""The degraded inputs against their published values."""

from math import log10
from typing import Any

import pandas as pd
import pytest

from memnet.evaluation.calibrate import calibrate
from memnet.params import Calibration
from memnet.published.cells import Published, PublishedCell, load_published
from memnet.published.verdict import KnownMiss, Tolerance
from memnet.results.rows import ROW_COLUMNS

PUBLISHED = load_published()
TOLERANCE = Calibration(
    input=Tolerance(psnr=0.02, ssim=0.0005), noise_psnr=0.05,
    baselines=Tolerance(psnr=0.05, ssim=0.001), known_misses={},
)  # fmt: skip


def rows(task: str, level: int, *scores: tuple[float, float], seeds: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("input", task, level, "set5", str(n), seed, psnr, ssim, 0.0)
            for seed in range(seeds)
            for n, (psnr, ssim) in enumerate(scores)
        ],
        columns=ROW_COLUMNS,
    )


@pytest.mark.parametrize(
    ("psnr", "ssim", "verdicts"),
    [
        (33.66, 0.9299, ["within", "within"]),
        (33.679, 0.9303, ["within", "within"]),
        (33.641, 0.9295, ["within", "within"]),
        (33.681, 0.9305, ["outside", "outside"]),
        (33.639, 0.9293, ["outside", "outside"]),
        (float("inf"), 1.0, ["outside", "outside"]),
    ],
)
def test_verdicts(psnr: float, ssim: float, verdicts: list[str]) -> None:
    # MemNet (ICCV 2017), Table 4, Bicubic on Set5 x2: 33.66 dB, .9299.
    records = calibrate(rows("super_resolution", 2, (psnr, ssim)), PUBLISHED, TOLERANCE)
    assert [r["verdict"] for r in records] == verdicts
    place = {"task": "super_resolution", "dataset": "set5", "level": 2}
    cell = PUBLISHED.cell(method="Bicubic", metric="psnr", **place)  # type: ignore[arg-type]
    assert cell is not None
    assert records[0] == place | {
        "metric": "psnr", "ours": psnr, "published": 33.66, "source": ", ".join(cell.sources),
        "tolerance": 0.02, "note": None, "verdict": verdicts[0],
    }  # fmt: skip
    assert records[1]["tolerance"] == 0.0005


def test_the_mean_over_images_is_what_counts() -> None:
    scored = rows("jpeg_deblocking", 10, (27.0, 0.5), (29.0, 0.7))
    records = calibrate(scored, PUBLISHED, TOLERANCE)
    assert records[0]["ours"] == 28
    assert records[1]["ours"] == pytest.approx(0.6)


def test_no_published_value_is_no_fault() -> None:
    own = rows("super_resolution", 2, (30.0, 0.9)).assign(dataset="bundled-test")
    records = calibrate(own, PUBLISHED, TOLERANCE)
    assert [r["verdict"] for r in records] == ["no published value"] * 2
    assert [(r["published"], r["source"]) for r in records] == [(None, None)] * 2


def test_a_value_from_memory_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Published.cell

    def recalled(*args: Any, **place: Any) -> PublishedCell | None:
        cell = known(*args, **place)
        return cell and cell.model_copy(update={"confidence": "recalled"})

    monkeypatch.setattr(Published, "cell", recalled)
    records = calibrate(rows("super_resolution", 2, (33.66, 0.9299)), PUBLISHED, TOLERANCE)
    assert [r["verdict"] for r in records] == ["no published value"] * 2
    assert [(r["published"], r["source"]) for r in records] == [(None, None)] * 2


@pytest.mark.parametrize("sigma", [30, 50, 70])
def test_noise_is_held_against_its_known_psnr(sigma: int) -> None:
    exact = 20 * log10(255 / sigma)
    for error, verdict in ((0.049, "within"), (-0.051, "outside")):
        scored = rows("denoising", sigma, (exact + error, 0.3), seeds=2)
        first, second = calibrate(scored, PUBLISHED, TOLERANCE)
        assert first["published"] == pytest.approx(exact)
        assert first["source"] == "20 log10(255 / sigma)"
        assert (first["tolerance"], first["verdict"]) == (0.05, verdict)
        assert second["verdict"] == "no published value"


def test_a_known_miss_excuses_one_metric_of_one_dataset() -> None:
    miss = KnownMiss(tolerance=0.5, reason="another version of it")
    known = TOLERANCE.model_copy(update={"known_misses": {"input/set5/psnr": miss}})
    scored = rows("super_resolution", 2, (33.4, 0.5))
    first, second = calibrate(scored, PUBLISHED, known)
    assert (first["tolerance"], first["note"]) == (0.5, "another version of it")
    assert first["verdict"] == "known miss"
    assert (second["tolerance"], second["note"], second["verdict"]) == (0.0005, None, "outside")
    elsewhere = scored.assign(dataset="set14")
    assert calibrate(elsewhere, PUBLISHED, known)[0]["verdict"] == "outside"
