"""Our results, found by place and set beside the published cell of the same place."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from memnet.published.cells import Metric, Published, PublishedCell
from memnet.results.rows import INPUT, SUMMARY_COLUMNS, ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.blocks import Cell, Column, Status
from reports.pages.model import Report
from reports.pages.wording import INPUT_TITLES, difference, rounded

ORIGINS = {"converted": "authors’ weights", "callable": "function", "images": "restored images"}
"""What a method of others is, by the kind of its record."""
_Row = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """The measured part of a report, ready for look-ups; made by `Results.of`."""

    measured: Mapping[ResultKey, _Row]
    grid: tuple[ResultKey, ...]
    records: Mapping[str, RunRecord]
    columns: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, report: Report, published: Published) -> "Results":
        """Index a report's results.

        Raises
        ------
        ValueError : a column of the summary is missing, a place occurs twice, or `columns` names
            a column that the paper does not have
        """
        needed = [*SUMMARY_COLUMNS, "run_key"]
        if missing := [name for name in needed if name not in report.summary]:
            raise ValueError(f"the summary lacks the columns {missing}")
        known = {name for table in published.tables.values() for name in table.methods}
        if unknown := sorted(set(report.columns) - known):
            raise ValueError(f"tables: no column of the paper is named {unknown}: {sorted(known)}")
        measured: dict[ResultKey, _Row] = {}
        for row in report.summary.to_dict("records"):
            place = ResultKey(str(row["method"]), row["task"], row["dataset"], int(row["level"]))
            if place in measured:
                raise ValueError(f"the summary holds {place} twice")
            measured[place] = {str(key): value for key, value in row.items()}
        wanted = set(report.grid)
        kept = {p: r for p, r in measured.items() if p in wanted and not math.isnan(r["psnr"])}
        records = {record.method: record for record in report.records}
        return cls(kept, report.grid, records, report.columns)

    def methods(self, task: str) -> tuple[str, ...]:
        """Methods of a task, the degraded input first, then in the order of the grid."""
        names = dict.fromkeys(place.method for place in self.grid if place.task == task)
        return tuple(sorted(names, key=lambda name: name != INPUT))

    def places(self, task: str) -> tuple[tuple[str, int], ...]:
        """Pairs (dataset, level) of a task in the order of the grid."""
        pairs = ((place.dataset, place.level) for place in self.grid if place.task == task)
        return tuple(dict.fromkeys(pairs))

    def method_of(self, column: str, task: str) -> str | None:
        """Our method for a column of the paper, or None."""
        if INPUT_TITLES[task] == column:
            return INPUT
        return self.columns.get(column, {}).get(task)

    def heading(self, method: str, task: str) -> Column:
        """Heading of one of our methods, with what was spent on it."""
        if method == INPUT:
            return Column(INPUT_TITLES[task], None, "degraded input")
        record = self.records.get(method)
        if record is None:
            return Column(method, None, None)
        return Column(method, method, _spent(record))

    def budget_of(self, method: str | None) -> str:
        """What was spent on a method, or where its weights come from."""
        record = self.records.get(method or "")
        if method == INPUT:
            return "untrained"
        return "" if record is None else _spent(record).replace("’", "'")

    def own_cell(self, table: int, place: ResultKey, metric: Metric) -> Cell:
        """Cell of the block of this profile's datasets: our number, no published one."""
        missing = self._missing(place)
        cell = Cell(table, None, place.method, *place[1:], metric=metric, status=missing)
        return self._filled(cell, "ours only")

    def paper_cell(self, published: PublishedCell) -> Cell:
        """Cell of the paper with our number of the same dataset and level beside it."""
        method = self.method_of(published.method, published.task)
        place = ResultKey(method or "", published.task, published.dataset, published.level)
        status: Status = "paper dash" if published.dash else "paper unknown"
        cell = Cell(
            published.table, published.method, method, *place[1:], metric=published.metric,
            status=self._missing(place), paper=published.value, paper_dash=published.dash,
            confidence=published.confidence,
        )  # fmt: skip
        cell = self._filled(cell, status if published.value is None else "compared")
        if cell.ours is None or cell.paper is None:
            return cell
        return replace(cell, difference=difference(cell.ours, cell.paper, cell.metric))

    def _missing(self, place: ResultKey) -> Status:
        """Why there is no number: nobody ran it, or the method does not restore that level."""
        if place in self.grid or place._replace(method=INPUT) not in self.grid:
            return "not run"  # promised, or no level of the benchmark
        others = (p for p in self.grid if p._replace(level=place.level) == place)
        return "not offered" if any(others) else "not run"

    def _filled(self, cell: Cell, status: Status) -> Cell:
        """`cell` with our number and `status`, or unchanged where there is no result."""
        place = ResultKey(cell.our_method or "", cell.task, cell.dataset, cell.level)
        row = self.measured.get(place)
        if row is None:
            return cell
        spread = row["psnr_seed_std"] if row["num_seeds"] > 1 and cell.metric == "psnr" else None
        return replace(
            cell,
            status=status,
            ours=float(row[cell.metric]),
            num_images=int(row["num_images"]),
            num_seeds=int(row["num_seeds"]),
            seed_std=spread,
            run_key=str(row["run_key"]),
        )


def trained_for(record: RunRecord) -> str:
    """Steps of a network that was trained here, or what another method is."""
    return f"{record.steps:,} steps" if record.trained else ORIGINS[record.kind]


def _spent(record: RunRecord) -> str:
    steps = trained_for(record)
    return f"{steps}, {record.minutes:.0f} minutes, released" if record.released else steps


def ranked(pairs: tuple[tuple[Cell, Cell], ...]) -> tuple[tuple[Cell, Cell], ...]:
    """Mark the best and the second best PSNR and SSIM of a row, as printed; ties share a rank."""
    marked = (_marked(cells) for cells in zip(*pairs, strict=True))
    return tuple(zip(*marked, strict=True))


def _marked(cells: tuple[Cell, ...]) -> Iterable[Cell]:
    printed = [None if c.ours is None else rounded(c.ours, c.metric) for c in cells]
    best = sorted({value for value in printed if value is not None}, reverse=True)[:2]
    if len(best) < 2:
        return cells  # one number, or all equal: nothing stands out
    return [
        replace(cell, rank=best.index(value) + 1) if value in best else cell
        for cell, value in zip(cells, printed, strict=True)
    ]
