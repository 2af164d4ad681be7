"""Known answers: methods of others, measured here, beside what was published for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from memnet.published.cells import METRICS, Published
from reports.model import Cell, Column, Report
from reports.results import Results

TABLES = (3, 4, 5)  # Tables 1, 2 and 6 print some of the same cells again

Verdict = Literal["within", "known miss", "outside", "no verdict", "no published value"]


@dataclass(frozen=True)
class Answer:
    """One of our numbers of a method of others, and how it lies to the published one."""

    cell: Cell
    tolerance: float
    verdict: Verdict
    note: str | None


@dataclass(frozen=True)
class AnswerRow:
    """PSNR and SSIM of one dataset at one level."""

    task: str
    dataset: str
    level: int
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class AnswerBlock:
    """Everything that is known of one method."""

    column: Column
    rows: tuple[AnswerRow, ...]

    @property
    def answers(self) -> Iterator[Answer]:
        """Every answer, row by row."""
        return (answer for row in self.rows for answer in row.answers)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why the method misses what it misses, each reason once."""
        return tuple(dict.fromkeys(answer.note for answer in self.answers if answer.note))


def answer_blocks(
    report: Report, published: Published, results: Results
) -> tuple[AnswerBlock, ...]:
    """Known answers of every method that this project did not train, in the paper's order."""
    cells = [
        results.paper_cell(cell) for number in TABLES for cell in published.tables[number].cells
    ]
    known = [c for c in cells if c.ours is not None and _of_others(c, results)]
    methods = dict.fromkeys((c.our_method, c.task) for c in known)
    return tuple(
        _block([c for c in known if (c.our_method, c.task) == key], report, results)
        for key in methods
    )


def _of_others(cell: Cell, results: Results) -> bool:
    run = results.runs.get(cell.our_method or "")
    return run is not None and run["kind"] != "trained"


def _block(cells: list[Cell], report: Report, results: Results) -> AnswerBlock:
    first = cells[0]
    assert first.our_method is not None
    heading = results.heading(first.our_method, first.task)
    places = groupby(cells, key=lambda cell: (cell.task, cell.dataset, cell.level))
    rows = []
    for place, pair in places:
        by_metric = {cell.metric: cell for cell in pair}
        rows.append(AnswerRow(*place, tuple(_answer(by_metric[m], report) for m in METRICS)))
    return AnswerBlock(Column(str(first.method), heading.method, heading.note), tuple(rows))


def _answer(cell: Cell, report: Report) -> Answer:
    tolerance = report.answer_tolerance[cell.metric]
    if cell.paper is None or cell.ours is None:
        return Answer(cell, tolerance, "no published value", None)
    miss = abs(cell.ours - cell.paper)
    if cell.recalled:
        return Answer(cell, tolerance, "no verdict", None)
    if miss <= tolerance:
        return Answer(cell, tolerance, "within", None)
    for known in report.known_misses:
        place = (known["method"], known["dataset"], known["metric"])
        if place == (cell.our_method, cell.dataset, cell.metric) and miss <= known["tolerance"]:
            return Answer(cell, known["tolerance"], "known miss", known["reason"])
    return Answer(cell, tolerance, "outside", None)
