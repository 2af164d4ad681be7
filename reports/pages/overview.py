"""What the first screen says: what was trained, which claims hold, and one restored picture."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from memnet.models.config import MemNetConfig
from memnet.results.run_record import RunRecord
from reports.claims.judging import JudgedClaim
from reports.claims.verdicts import ClaimVerdict
from reports.pages.baselines import TABLES
from reports.pages.blocks import Table
from reports.pages.model import Comparison, Report
from reports.pages.names import training_name

HEADLINE = "MemNet"
"""The paper's column whose numbers the overview shows."""
LISTS: tuple[tuple[str, frozenset[ClaimVerdict]], ...] = (
    ("Reproduced", frozenset({"reproduced", "by construction"})),
    ("Not reproduced", frozenset({"not reproduced"})),
    ("Undecided, or not run", frozenset({"undecided", "stand-in", "not run"})),
)


class ClaimList(NamedTuple):
    """Claims under one heading of the overview."""

    title: str
    claims: tuple[JudgedClaim, ...]


def claim_lists(claims: Iterable[JudgedClaim]) -> tuple[ClaimList, ...]:
    """The claims in three lists; one with nothing to check is in none."""
    every = tuple(claims)
    return tuple(
        ClaimList(title, tuple(claim for claim in every if claim.verdict in verdicts))
        for title, verdicts in LISTS
    )


def papers_network(records: Iterable[RunRecord]) -> list[RunRecord]:
    """Trainings here of the paper's own network: M6R6 with 64 features and all connections."""
    asked = {"initialization": MemNetConfig().initialization}
    return [
        record
        for record in records
        if record.trained and record.memnet
        if record.memnet.model_copy(update=asked) == MemNetConfig()
    ]


class Distance(NamedTuple):
    """Differences in PSNR (dB) of our network from the paper's MemNet, the smallest first."""

    task: str
    method: str
    differences: tuple[Decimal, ...]


def distances(tables: Iterable[Table]) -> tuple[Distance, ...]:
    """How far the networks in the column MemNet lie from its published numbers, by task.

    Tables 3 to 5 alone: the others print some of their cells again. Recalled numbers do not count.
    """
    found: dict[tuple[str, str], list[Decimal]] = {}
    cells = (cell for table in tables if table.number in TABLES for cell in table.paper.cells)
    for cell in (c for c in cells if c.method == HEADLINE and c.metric == "psnr"):
        if cell.our_method and cell.difference is not None and not cell.recalled:
            found.setdefault((cell.task, cell.our_method), []).append(cell.difference)
    return tuple(Distance(*key, tuple(sorted(values))) for key, values in found.items())


def trained_by_task(report: Report) -> dict[str, list[str]]:
    """Names of the networks that were trained here, by task."""
    learned = [
        (record.training_set.task, training_name(record))
        for record in report.records
        if record.training_set and record.network
    ]
    tasks = dict.fromkeys(task for task, _ in learned)
    return {task: list(dict.fromkeys(n for t, n in learned if t == task)) for task in tasks}


def picture(report: Report) -> Comparison | None:
    """Target, input and our MemNet at the hardest level of the first benchmark with such crops.

    Of several MemNets, the one that was trained longest.
    """
    steps = {r.method: r.steps or 0 for r in report.records if r.trained and r.memnet}
    shown: list[Comparison] = []
    for found in report.comparisons:
        ours = [crop for crop in found.crops if crop.label in steps]
        if ours and len(found.crops) > 2:
            best = max(ours, key=lambda crop: steps[crop.label])
            shown.append(replace(found, crops=(*found.crops[:2], best)))
    return next((f for f in reversed(shown) if f.benchmark == shown[0].benchmark), None)
