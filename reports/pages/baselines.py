"""Baselines: methods of others, measured here, beside what was published for them."""

from typing import NamedTuple

from memnet.published.cells import Published
from memnet.published.verdict import Judged
from reports.pages.blocks import Cell, Column
from reports.pages.model import Report
from reports.pages.results import Results
from reports.pages.ruler import judged

TABLES = (3, 4, 5)  # Tables 1, 2 and 6 print some of the same cells again


class Baseline(NamedTuple):
    """Our number for a method of others, and the verdict on it."""

    cell: Cell
    judged: Judged


class BaselineBlock(NamedTuple):
    """All numbers of one method: PSNR and SSIM of each place in turn."""

    column: Column
    values: list[Baseline]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the method misses what it misses, each reason once."""
        reasons = (value.judged.reason for value in self.values)
        return tuple(dict.fromkeys(reason for reason in reasons if reason))


def baseline_blocks(
    report: Report, published: Published, results: Results
) -> tuple[BaselineBlock, ...]:
    """Every method that this project did not train, in the paper's order."""
    blocks: dict[tuple[str, str], BaselineBlock] = {}
    for known in (known for number in TABLES for known in published.tables[number].cells):
        cell = results.paper_cell(known)
        record = results.records.get(cell.our_method or "")
        if record is None or record.trained or cell.ours is None:
            continue
        heading = results.heading(record.method, cell.task, known.method)
        block = blocks.setdefault((record.method, cell.task), BaselineBlock(heading, []))
        verdict = judged(cell.ours, known, record.method, report.calibration_rules)
        block.values.append(Baseline(cell, verdict))
    return tuple(blocks.values())
