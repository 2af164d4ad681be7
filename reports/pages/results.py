"""Our results, found by place and set beside the published cell of the same place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from memnet.errors import InputError
from memnet.published.cells import Metric, Published, PublishedCell
from memnet.results.rows import CELL_COLUMNS, INPUT, ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.blocks import Cell, Column, Status
from reports.pages.model import Report
from reports.pages.wording import INPUT_TITLES, difference, rounded

ORIGINS = {"converted": "authors’ weights", "callable": "function", "images": "restored images"}
"""What a method of others is, by the kind of its record."""
Pair = tuple[Cell, Cell]  # PSNR and SSIM
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
        """Index a report's results; InputError if the paper lacks a column of `tables`."""
        known = {name for table in published.tables.values() for name in table.methods}
        if unknown := sorted(set(report.columns) - known):
            raise InputError(
                f"params.yaml: tables: no column of the paper is named {unknown}: {sorted(known)}"
            )
        rows = report.summary.dropna(subset="psnr").set_index(CELL_COLUMNS)
        measured: Any = rows.to_dict("index")  # raises if a place is there twice
        grid = set(report.grid)
        kept = {ResultKey(*place): row for place, row in measured.items() if place in grid}
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

    def heading(self, method: str | None, task: str, label: str | None = None) -> Column:
        """Heading of one of our methods, by its name or `label`, with what was spent on it."""
        if method == INPUT:
            return Column(label or INPUT_TITLES[task], None, "degraded input")
        record = self.records.get(method or "")
        if record is None:
            return Column(label or method or "", None, None)
        return Column(label or record.method, method, _spent(record))

    def budget_of(self, method: str | None) -> str:
        """What was spent on a method, or where its weights come from."""
        record = self.records.get(method or "")
        if method == INPUT:
            return "untrained"
        return "" if record is None else _spent(record).replace("’", "'")

    def own_cell(self, table: int, place: ResultKey, metric: Metric) -> Cell:
        """Cell of the block of this profile's datasets: our number, no published one."""
        return Cell(table, None, *place, metric, **self._found(place, metric, "ours only"))

    def paper_cell(self, published: PublishedCell) -> Cell:
        """Cell of the paper with our number of the same dataset and level beside it."""
        method = self.method_of(published.method, published.task)
        place = ResultKey(method or "", published.task, published.dataset, published.level)
        status: Status = "paper dash" if published.dash else "paper unknown"
        status = status if published.value is None else "compared"
        cell = Cell(
            published.table, published.method, method, *place[1:], published.metric,
            **self._found(place, published.metric, status), paper=published.value,
            paper_dash=published.dash, confidence=published.confidence,
        )  # fmt: skip
        if cell.ours is None or cell.paper is None:
            return cell
        return replace(cell, difference=difference(cell.ours, cell.paper, cell.metric))

    def _missing(self, place: ResultKey) -> Status:
        """Why there is no number: nobody ran it, or the method does not restore that level."""
        if place in self.grid or place._replace(method=INPUT) not in self.grid:
            return "not run"  # promised, or no level of the benchmark
        others = (p for p in self.grid if p._replace(level=place.level) == place)
        return "not offered" if any(others) else "not run"

    def _found(self, place: ResultKey, metric: Metric, status: Status) -> dict[str, Any]:
        """Our part of a cell: the number and `status`, or why there is none."""
        row = self.measured.get(place)
        if row is None:
            return {"status": self._missing(place)}
        return {
            "status": status,
            "ours": float(row[metric]),
            "num_images": int(row["num_images"]),
            "num_seeds": int(row["num_seeds"]),
            "seed_std": row["psnr_seed_std"] if row["num_seeds"] > 1 and metric == "psnr" else None,
            "run_key": str(row["run_key"]),
        }


def trained_for(record: RunRecord) -> str:
    """Steps of a network that was trained here, or what another method is."""
    return f"{record.steps:,} steps" if record.trained else ORIGINS[record.kind]


def _spent(record: RunRecord) -> str:
    steps = trained_for(record)
    return f"{steps}, {record.minutes:.0f} minutes, released" if record.released else steps


def ranked(pairs: Sequence[Pair], whose: Literal["ours", "paper"] = "ours") -> tuple[Pair, ...]:
    """Mark the best and the second best PSNR and SSIM of a row, as printed; ties share a rank."""
    columns = zip(*pairs, strict=True)
    marked = (_marked(cells, [getattr(c, whose) for c in cells]) for cells in columns)
    return tuple(zip(*marked, strict=True))


def _marked(cells: Sequence[Cell], numbers: Sequence[float | None]) -> Iterable[Cell]:
    printed = [n if n is None else rounded(n, cells[0].metric) for n in numbers]
    best = sorted({value for value in printed if value is not None}, reverse=True)[:2]
    if len(best) < 2:
        return cells  # one number, or all equal: nothing stands out
    return [
        replace(cell, rank=best.index(value) + 1) if value in best else cell
        for cell, value in zip(cells, printed, strict=True)
    ]
