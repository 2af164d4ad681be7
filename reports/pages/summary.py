"""The report in numbers for machines: one CSV row per cell of every table."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from memnet.published.cells import Published
from reports.pages.model import Cell, Report, Table
from reports.pages.results import Results
from reports.pages.wording import rounded

HEADER = (
    *("table", "method", "our_method", "task", "dataset", "level", "metric", "paper"),
    *("confidence", "ours", "difference", "num_images", "num_seeds", "budget", "status", "run_key"),
)


def summary_csv(report: Report, published: Published, tables: Iterable[Table]) -> str:
    """Text of summary.csv; numbers as printed in the tables, an empty field where there is none.

    `method` is the paper's column; it is empty in rows about the profile's own datasets.
    """
    results = Results.of(report, published)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for table in tables:
        for cell in table.cells:
            budget = results.budget_of(cell.our_method)
            writer.writerow(_fields(cell, budget))
    return stream.getvalue()


def _fields(cell: Cell, budget: str) -> Iterator[object]:
    values = {
        "paper": None if cell.paper is None else rounded(cell.paper, cell.metric),
        "ours": None if cell.ours is None else rounded(cell.ours, cell.metric),
        "budget": budget,
    }
    for name in HEADER:
        value = values[name] if name in values else getattr(cell, name)
        yield "" if value is None else value


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")
