"""What the first screen says: what was trained, how far it lies from the paper, and a picture."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from memnet.models.config import MemNetConfig
from memnet.results.run_record import RunRecord
from reports.pages.baselines import TABLES
from reports.pages.blocks import Table
from reports.pages.model import Comparison, Report
from reports.pages.names import training_name

HEADLINE = "MemNet"
"""The paper's column whose numbers the overview shows."""


def papers_network(records: Iterable[RunRecord]) -> list[RunRecord]:
    """Trainings here of the paper's own network: M6R6 with 64 features and all connections."""
    asked = {"initialization": MemNetConfig().initialization}
    return [
        record
        for record in records
        if record.trained and record.memnet
        if record.memnet.model_copy(update=asked) == MemNetConfig()
    ]


def distances(tables: Iterable[Table]) -> dict[tuple[str, str], list[Decimal]]:
    """Differences in PSNR (dB) from the paper's MemNet, the smallest first, by task and method.

    Only of Tables 3 to 5: the others repeat some of their cells. Recalled numbers do not count.
    """
    found: dict[tuple[str, str], list[Decimal]] = {}
    cells = (cell for table in tables if table.number in TABLES for cell in table.paper.cells)
    for cell in (c for c in cells if c.method == HEADLINE and c.metric == "psnr"):
        if cell.our_method and cell.difference is not None and not cell.recalled:
            found.setdefault((cell.task, cell.our_method), []).append(cell.difference)
    return {place: sorted(differences) for place, differences in found.items()}


def trained_by_task(report: Report) -> dict[str, dict[str, None]]:
    """Names of the networks that were trained here, by task."""
    trained: dict[str, dict[str, None]] = {}  # in their order, each once
    for record in report.records:
        if record.training_set and record.network:
            trained.setdefault(record.training_set.task, {})[training_name(record)] = None
    return trained


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
