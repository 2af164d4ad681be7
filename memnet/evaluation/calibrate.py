"""Is the ruler right? Untrained rows against the values that were published for them."""

from collections.abc import Callable
from math import log10
from typing import Any

import pandas as pd

from memnet.params import Calibration
from memnet.results.rows import summarise

# The paper's name for the degraded input of each task; noisy images have no column.
PUBLISHED_INPUT = {"super_resolution": "Bicubic", "jpeg_deblocking": "JPEG"}

Lookup = Callable[..., Any]
"""Published cell by method, task, dataset, level and metric, or None (`Published.cell`)."""


def calibrate(rows: pd.DataFrame, lookup: Lookup, tolerance: Calibration) -> list[dict[str, Any]]:
    """Compare the rows of the degraded input with their published values.

    Parameters
    ----------
    rows : the rows of method `input` on one benchmark
    lookup : gives the published cell
    tolerance : how far a row may lie from its value, and the misses that are known

    Returns
    -------
    A record a level and metric: task, dataset, level, metric, ours, published (None where there is
    no value), source, tolerance, note, and verdict: "within", "outside" or "no published value".
    """
    records = []
    for cell in summarise(rows).itertuples():
        for metric in ("psnr", "ssim"):
            place = (str(cell.task), str(cell.dataset), int(str(cell.level)))
            published, source = _published(*place, metric, lookup)
            allowed, note = _tolerance(str(cell.task), str(cell.dataset), metric, tolerance)
            ours = float(getattr(cell, metric))
            verdict = "no published value"
            if published is not None:
                verdict = "within" if abs(ours - published) <= allowed else "outside"
            records.append(
                dict(zip(("task", "dataset", "level"), place, strict=True))
                | {"metric": metric, "ours": ours, "published": published, "source": source,
                   "tolerance": allowed, "note": note, "verdict": verdict}
            )  # fmt: skip
    return records


def _published(
    task: str, dataset: str, level: int, metric: str, lookup: Lookup
) -> tuple[float | None, str | None]:
    if task == "denoising":
        # Unclipped noise of a known variance has a known PSNR on any image.
        return (
            (20 * log10(255 / level), "20 log10(255 / sigma)") if metric == "psnr" else (None, None)
        )
    cell = lookup(
        method=PUBLISHED_INPUT[task], task=task, dataset=dataset, level=level, metric=metric
    )
    if cell is None or not cell.supports_verdict:  # unknown, or from memory alone
        return None, None
    return float(cell.value), ", ".join(cell.sources)


def _tolerance(
    task: str, dataset: str, metric: str, tolerance: Calibration
) -> tuple[float, str | None]:
    for miss in tolerance.known_misses:
        if (miss.method, miss.dataset, miss.metric) == ("input", dataset, metric):
            return miss.tolerance, miss.reason
    if metric == "ssim":
        return tolerance.ssim, None
    return (tolerance.noise_psnr if task == "denoising" else tolerance.psnr), None
