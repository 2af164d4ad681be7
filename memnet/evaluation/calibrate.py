"""Is the ruler right? Untrained rows against the values that were published for them."""

from math import log10
from typing import Any

import pandas as pd

from memnet.params import Calibration
from memnet.published.cells import METRICS, Metric, Published
from memnet.published.verdict import judge
from memnet.results.rows import INPUT, summarise

# The paper's name for the degraded input of each task; noisy images have no column.
PUBLISHED_INPUT = {"super_resolution": "Bicubic", "jpeg_deblocking": "JPEG"}


def calibrate(
    rows: pd.DataFrame, published: Published, calibration: Calibration
) -> list[dict[str, Any]]:
    """Compare the rows of method `input` on one benchmark with their published values.

    Returns a record for each level and metric. `published` is None if there is no value, or if no
    source confirms it; `tolerance`, `note` and `verdict` are as `judge` gives them.
    """
    records = []
    for cell in summarise(rows).to_dict("records"):
        for metric in METRICS:
            place = {key: cell[key] for key in ("task", "dataset", "level")}
            value, source = _published(published, metric, **place)
            noise = cell["task"] == "denoising" and metric == "psnr"
            judged = judge(
                cell[metric], value,
                calibration.noise_psnr if noise else calibration.input.of(metric),
                miss=calibration.miss(INPUT, cell["dataset"], metric),
            )  # fmt: skip
            records.append(
                {**place, "metric": metric, "ours": cell[metric], "published": value,
                 "source": source, "tolerance": judged.tolerance, "note": judged.reason,
                 "verdict": judged.verdict}
            )  # fmt: skip
    return records


def _published(
    published: Published, metric: Metric, *, task: str, dataset: str, level: int
) -> tuple[float | None, str | None]:
    if task == "denoising":
        # Unclipped noise of a known variance has a known PSNR on any image.
        exact = 20 * log10(255 / level)
        return (exact, "20 log10(255 / sigma)") if metric == "psnr" else (None, None)
    column = PUBLISHED_INPUT[task]
    cell = published.cell(method=column, task=task, dataset=dataset, level=level, metric=metric)
    if cell is None or cell.value is None or cell.recalled:  # unknown, or from memory alone
        return None, None
    return cell.value, ", ".join(cell.sources)
