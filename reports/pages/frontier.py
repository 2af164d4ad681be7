"""What a budget buys: the points of this run or the committed ones, their curves, and a figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isnan, nan
from statistics import fmean

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memnet.published.cells import Published
from memnet.results.frontier import Curve, Point, averaged, best_by_budget, fitted
from memnet.results.rows import ResultKey, rows_csv
from reports.pages.drawing import INK, MUTED, NOTE, SERIES, STYLE, Drawing, drawn
from reports.pages.model import Report
from reports.pages.names import network_name

PROFILE = "frontier"
PAPERS_OPERATIONS = 1.73e18
"""Of 60 epochs of M6R6 over the 291 images (docs/scaling.md: 1.07 TFLOP for each step)."""
SCORED = ("super_resolution", "set5", 2)
MARKS = "os^vDP"


@dataclass(frozen=True, eq=False)
class Frontier:
    """The points, whether this run made them, and the PSNR (dB) of Set5 x2 in the paper."""

    points: tuple[Point, ...]
    here: bool
    paper: float

    @property
    def names(self) -> dict[str, str]:
        """Networks in words, the MemNets first."""
        ordered = sorted(self.points, key=lambda point: point.kind != "memnet")
        return {point.network: point.name for point in ordered}

    @property
    def budgets(self) -> tuple[float, ...]:
        """Operations, the fewest first."""
        return tuple(sorted({point.budget for point in self.points}))

    @cached_property
    def means(self) -> dict[tuple[str, float], Point]:
        """Mean over the seeds, by network and budget."""
        return averaged(self.points)

    @cached_property
    def best(self) -> dict[float, Point]:
        """The MemNet that gains most, by budget."""
        return best_by_budget(self.points)

    @cached_property
    def gain(self) -> Curve | None:
        """Through the best gains."""
        return fitted(list(self.best), [point.gain for point in self.best.values()])

    @cached_property
    def set5(self) -> Curve | None:
        """Through the scores of the same networks on Set5, which chose nothing."""
        scored = {b: p.set5 for b, p in self.best.items() if not isnan(p.set5)}
        return fitted(list(scored), list(scored.values()))


def frontier_of(report: Report, published: Published) -> Frontier | None:
    """That of this run if its profile is the one that makes it, or else the committed one."""
    task, dataset, level = SCORED
    cell = published.cell(method="MemNet", task=task, dataset=dataset, level=level, metric="psnr")
    assert cell is not None and cell.value is not None
    here = report.profile == PROFILE
    points = tuple(_points(report)) if here else report.frontier
    return Frontier(points, here, paper=float(cell.value)) if points else None


def frontier_csv(found: Frontier | None) -> str:
    """The points for machines."""
    return rows_csv(pd.DataFrame(found.points if found else (), columns=Point._fields))


def _points(report: Report) -> Iterator[Point]:
    rows = report.summary.set_index(list(ResultKey._fields)).psnr.to_dict()
    for record in report.records:
        if record.experiment is None or record.experiment.budget.operations is None:
            continue
        after, before = record.validation_psnr, record.validation_input_psnr
        if record.network and record.operations and after and before:
            yield Point(
                record.method, network_name(record.network), record.experiment.network,
                record.what, record.experiment.learning_rate, record.experiment.seed,
                record.experiment.budget.operations, record.operations, record.minutes or nan,
                fmean(after.values()) - fmean(before.values()),
                rows.get((record.method, *SCORED), nan),
            )  # fmt: skip


@rc_context(STYLE)
def frontier_figure(found: Frontier) -> Drawing:
    """Gain on the held-out images, and PSNR on Set5 x2 with the paper's point, by operations."""
    figure = Figure(figsize=(8.4, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, field, curve in ((left, "gain", found.gain), (right, "set5", found.set5)):
        for index, (network, name) in enumerate(found.names.items()):
            ours = (p for p in found.points if p.network == network)
            points = sorted(ours, key=lambda p: p.operations)
            color = SERIES[index % 3] if points[0].kind == "memnet" else MUTED
            axes.plot(
                [p.operations for p in points], [getattr(p, field) for p in points],
                color=color, marker=MARKS[index % len(MARKS)], ms=4, linewidth=0.8,
                label=name if axes is left else None,
            )  # fmt: skip
        axes.set(xscale="log", xlabel="operations of the training")
        if curve is not None:
            last = PAPERS_OPERATIONS if axes is right else max(found.best)
            _band(axes, curve, min(found.best), last)
    left.set_title("held-out images: gain in PSNR over the input, dB")
    right.set_title("Set5 ×2: PSNR, dB")
    right.plot(PAPERS_OPERATIONS, found.paper, "*", color=INK, ms=9, markerfacecolor="none")
    right.annotate(
        "the paper", (PAPERS_OPERATIONS, found.paper), xytext=(-6, 5), ha="right", **NOTE
    )
    figure.legend(loc="outside lower left", ncols=3, fontsize=8)
    return drawn(figure)


def _band(axes: Axes, curve: Curve, first: float, last: float) -> None:
    """A fitted curve with its interval."""
    costs = np.geomspace(first, last, 60)
    middle, low, high = zip(*(curve.at(float(cost)) for cost in costs), strict=True)
    axes.plot(costs, middle, color=INK, linewidth=1)
    axes.fill_between(costs, low, high, color=MUTED, alpha=0.18, linewidth=0)
