"""Image by image: PSNR of every method, and where each gains least and most over its input."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from memnet.results.rows import INPUT, ResultKey
from reports.pages.blocks import Column
from reports.pages.model import Extreme, Report
from reports.pages.results import Results
from reports.pages.wording import difference


class Gain(NamedTuple):
    """PSNR (dB) of one image, degraded and restored; means over noise seeds."""

    image: str
    degraded: float
    restored: float

    @property
    def printed(self) -> Decimal:
        """What restoring adds, as printed; below zero it is a loss."""
        return difference(self.restored, self.degraded, "psnr")


class MethodGains(NamedTuple):
    """The images on which a method gains least and most; None where it was not run."""

    column: Column
    worst: Gain | None
    best: Gain | None


class ImageTable(NamedTuple):
    """PSNR (dB) of every image of one dataset at one level, means over noise seeds.

    `columns` are the degraded input and every method that restores the level. A row is an image and
    its PSNR in each column, None if not run. `gains` are those of every column but the input's.
    """

    task: str
    dataset: str
    level: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    gains: tuple[MethodGains, ...]


def image_tables(report: Report, results: Results) -> tuple[ImageTable, ...]:
    """One table for each place of the grid; places and images keep their order."""
    tasks = dict.fromkeys(place.task for place in report.grid)
    return tuple(
        _table(ResultKey(INPUT, task, *place), report, results)
        for task in tasks
        for place in results.places(task)
    )


def shown_extremes(
    report: Report, methods: Mapping[str, str]
) -> dict[ResultKey, tuple[Extreme, ...]]:
    """Promised results of `methods`, given by task, with the worst and best image where known.

    Of other methods, the places where there is an image that they make worse.
    """
    known = {p: tuple(e for e in report.extremes if e.place == p) for p in report.grid}
    return {p: found for p, found in known.items() if found or p.method == methods.get(p.task)}


def _table(place: ResultKey, report: Report, results: Results) -> ImageTable:
    _, task, dataset, level = place
    methods = [m for m in results.methods(task) if place._replace(method=m) in results.grid]
    scores = report.image_psnr
    here = (scores.task == task) & (scores.dataset == dataset) & (scores.level == level)
    psnr = scores[here].pivot_table(index="image", columns="method", values="psnr", sort=False)
    psnr = psnr.reindex(columns=methods)  # images against methods, in the order of the rows
    columns = {method: results.heading(method, task) for method in methods}
    rows = tuple(
        (str(image), tuple(None if pd.isna(value) else float(value) for value in values))
        for image, *values in psnr.itertuples(name=None)
    )
    gains = (MethodGains(columns[m], *_ends(psnr, m)) for m in methods if m != INPUT)
    return ImageTable(task, dataset, level, tuple(columns.values()), rows, tuple(gains))


def _ends(psnr: pd.DataFrame, method: str) -> tuple[Gain | None, Gain | None]:
    """The smallest and the largest gain of a method; of images that tie the first."""
    both = psnr[[INPUT, method]].dropna()
    if both.empty:
        return None, None
    gains = (both[method] - both[INPUT]).fillna(0.0)  # both equal the target: no gain
    ends = both.loc[[gains.idxmin(), gains.idxmax()]].itertuples(name=None)
    worst, best = (Gain(str(image), *psnr) for image, *psnr in ends)
    return worst, best
