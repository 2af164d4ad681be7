"""Image by image: PSNR of every method, and where each gains least and most over its input."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
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

    @property
    def exact(self) -> float:
        """What restoring adds; nothing where both equal the target."""
        return 0.0 if self.restored == self.degraded else self.restored - self.degraded


class MethodGains(NamedTuple):
    """The images on which a method gains least and most; None where it was not run."""

    column: Column
    worst: Gain | None
    best: Gain | None


@dataclass(frozen=True)
class ImageTable:
    """PSNR (dB) of every image of one dataset at one level, means over noise seeds.

    Attributes
    ----------
    columns : the degraded input, then every method that restores the level
    rows : of each image its PSNR by column, None where it was not run
    gains : of every column but the input's
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
    known: dict[ResultKey, tuple[Extreme, ...]] = {}
    for e in report.extremes:
        place = ResultKey(e.method, e.task, e.dataset, e.level)
        known[place] = (*known.get(place, ()), e)
    return {
        place: known.get(place, ())
        for place in report.grid
        if place.method == methods.get(place.task) or place in known
    }


def _table(place: ResultKey, report: Report, results: Results) -> ImageTable:
    _, task, dataset, level = place
    methods = [m for m in results.methods(task) if place._replace(method=m) in results.grid]
    scores = report.image_psnr
    here = (scores.task == task) & (scores.dataset == dataset) & (scores.level == level)
    psnr = scores[here].pivot_table(index="image", columns="method", values="psnr", sort=False)
    psnr = psnr.reindex(columns=methods)  # images against methods, in the order of the rows
    columns = tuple(results.heading(method, task) for method in methods)
    rows = tuple(
        (str(image), tuple(None if pd.isna(value) else float(value) for value in values))
        for image, *values in psnr.itertuples(name=None)
    )
    gains = tuple(
        MethodGains(column, *_ends(psnr, method))
        for column, method in zip(columns, methods, strict=True)
        if method != INPUT
    )
    return ImageTable(task, dataset, level, columns, rows, gains)


def _ends(psnr: pd.DataFrame, method: str) -> tuple[Gain | None, Gain | None]:
    """The smallest and the largest gain of a method; of images that tie the first."""
    both = psnr[[INPUT, method]].dropna()
    gains = [Gain(str(image), *map(float, scores)) for image, *scores in both.itertuples(name=None)]
    if not gains:
        return None, None
    return min(gains, key=attrgetter("exact")), max(gains, key=attrgetter("exact"))
