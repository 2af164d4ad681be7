"""Baselines: methods of others, measured here, beside what was published for them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from memnet.published.cells import METRICS, Published
from memnet.published.verdict import Judged, judge
from reports.pages.blocks import Cell, Column
from reports.pages.model import Report
from reports.pages.results import Results
from reports.pages.ruler import Ruler

TABLES = (3, 4, 5)  # Tables 1, 2 and 6 print some of the same cells again


@dataclass(frozen=True)
class Baseline:
    """One of our numbers of a method of others, and how it lies to the published one."""

    cell: Cell
    judged: Judged


@dataclass(frozen=True)
class BaselineRow:
    """PSNR and SSIM of one dataset at one level."""

    task: str
    dataset: str
    level: int
    values: tuple[Baseline, ...]


@dataclass(frozen=True)
class BaselineBlock:
    """Everything that is known of one method."""

    column: Column
    rows: tuple[BaselineRow, ...]

    @property
    def values(self) -> Iterator[Baseline]:
        """Every value, row by row."""
        return (value for row in self.rows for value in row.values)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the method misses what it misses, each reason once."""
        reasons = (value.judged.reason for value in self.values)
        return tuple(dict.fromkeys(reason for reason in reasons if reason))


def baseline_blocks(
    report: Report, published: Published, results: Results
) -> tuple[BaselineBlock, ...]:
    """Every method that this project did not train, in the paper's order."""
    cells = [
        results.paper_cell(cell) for number in TABLES for cell in published.tables[number].cells
    ]
    others = {name for name, record in results.records.items() if not record.trained}
    known = [c for c in cells if c.ours is not None and c.our_method in others]
    methods = dict.fromkeys((c.our_method, c.task) for c in known)
    return tuple(
        _block([c for c in known if (c.our_method, c.task) == key], report, results)
        for key in methods
    )


def _block(cells: list[Cell], report: Report, results: Results) -> BaselineBlock:
    first = cells[0]
    assert first.our_method is not None
    heading = results.heading(first.our_method, first.task)
    rows = []
    for place, pair in groupby(cells, key=lambda cell: (cell.task, cell.dataset, cell.level)):
        by_metric = {cell.metric: cell for cell in pair}
        values = tuple(_baseline(by_metric[metric], report) for metric in METRICS)
        rows.append(BaselineRow(*place, values))
    return BaselineBlock(heading._replace(label=str(first.method)), tuple(rows))


def _baseline(cell: Cell, report: Report) -> Baseline:
    assert cell.ours is not None
    rules = report.calibration_rules
    judged = judge(
        cell.ours, cell.paper, rules.baselines.of(cell.metric), confirmed=not cell.recalled,
        miss=rules.miss(cell.our_method, cell.dataset, cell.metric),
    )  # fmt: skip
    return Baseline(cell, judged)


def ruler_of(commit: str, blocks: Iterable[BaselineBlock]) -> Ruler:
    """The verdicts on what this run measured of methods of others, as `committed_ruler`."""
    every = tuple(blocks)
    verdicts = Counter(value.judged.verdict for block in every for value in block.values)
    reasons = dict.fromkeys((block.column.label, why) for block in every for why in block.reasons)
    return Ruler(commit, verdicts, tuple(reasons))
