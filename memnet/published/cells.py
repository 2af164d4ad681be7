"""The published numbers of the paper's six tables, each with its source and its confidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
TABLE_NUMBERS = (1, 2, 3, 4, 5, 6)
ROW_TABLES = (2, 6)

Metric = Literal["psnr", "ssim"]
METRICS: tuple[Metric, Metric] = ("psnr", "ssim")
_ROW_FACTS = ("depth", "filters", "parameters", "training_images", "multi_supervision")
_ROW_PSNR = "psnr_set5_x3"
_VALUE_KEYS = {
    *("value", "source", "confidence", "recall_strength"),
    *("note", "computed_check", "candidates", "dash"),
}


@dataclass(frozen=True)
class PublishedValue:
    """One published entry; `value` is None where it is not known or the paper prints a dash."""

    value: float | int | str | None
    confidence: Literal["verified", "single", "recalled"]
    recall_strength: Literal["strong", "medium", "weak"] | None
    sources: tuple[str, ...]
    note: str | None
    dash: bool

    @property
    def recalled(self) -> bool:
        """Whether the value was transcribed from memory: shown with a dagger."""
        return self.confidence == "recalled"


@dataclass(frozen=True)
class PublishedCell(PublishedValue):
    """One published PSNR (dB) or SSIM and the coordinates it belongs to."""

    value: float | None
    table: int
    method: str
    task: str
    dataset: str
    level: int
    metric: Metric

    @property
    def supports_verdict(self) -> bool:
        """Whether a verdict may rest on it: the number is known, and not from memory alone."""
        return self.value is not None and not self.recalled


@dataclass(frozen=True)
class PublishedRow:
    """One network of Table 2 or 6: what it is made of, and its PSNR on Set5 x3."""

    method: str
    facts: Mapping[str, PublishedValue]
    psnr: PublishedCell


@dataclass(frozen=True)
class PublishedTable:
    """One table of the paper; `cells` for Tables 1, 3, 4 and 5, `rows` for Tables 2 and 6."""

    number: int
    title: str
    task: str
    topic: str
    notes: tuple[str, ...]
    cells: tuple[PublishedCell, ...]
    rows: tuple[PublishedRow, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods in the order of the paper's columns (or rows)."""
        names = [cell.method for cell in self.cells] + [row.method for row in self.rows]
        return tuple(dict.fromkeys(names))

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Pairs (dataset, level) in the order of the paper's rows."""
        return tuple(dict.fromkeys((cell.dataset, cell.level) for cell in self.cells))


@dataclass(frozen=True)
class Published:
    """All published numbers, the meaning of each source key and of each confidence."""

    tables: Mapping[int, PublishedTable]
    paper: Mapping[str, str]
    sources: Mapping[str, str]
    confidence: Mapping[str, str]

    @property
    def cells(self) -> Iterator[PublishedCell]:
        """Every PSNR and SSIM of all six tables."""
        for table in self.tables.values():
            yield from table.cells
            yield from (row.psnr for row in table.rows)

    def cell(
        self,
        *,
        method: str,
        task: str,
        dataset: str,
        level: int,
        metric: str,
        table: int | None = None,
    ) -> PublishedCell | None:
        """Published cell at these coordinates, or None where no table of the paper has one.

        Parameters
        ----------
        method : column of the paper, as "MemNet", "Bicubic" or "JPEG"
        task, dataset, level : coordinates in this project's spelling, as "set5"
        metric : "psnr" or "ssim"
        table : 1 to 6; None looks through Tables 3, 4, 5, then 1, then 2 and 6
        """
        numbers = (3, 4, 5, 1, 2, 6) if table is None else (table,)
        wanted = (method, task, dataset, level, metric)
        for number in numbers:
            found = self.tables[number]
            for cell in (*found.cells, *(row.psnr for row in found.rows)):
                if (cell.method, cell.task, cell.dataset, cell.level, cell.metric) == wanted:
                    return cell
        return None


def load_published(folder: str | Path = FOLDER) -> Published:
    """Read `table1.yaml` .. `table6.yaml` and `sources.yaml`.

    Raises
    ------
    ValueError : an entry has an unknown key, an unknown source or an unknown confidence
    """
    folder = Path(folder)
    about = _read(folder / "sources.yaml")
    tables = {n: _table(_read(folder / f"table{n}.yaml")) for n in TABLE_NUMBERS}
    published = Published(tables, about["paper"], about["sources"], about["confidence"])
    for value in _all_values(published):
        unknown = set(value.sources) - set(published.sources)
        if unknown or value.confidence not in published.confidence:
            raise ValueError(f"{value}: unknown source {sorted(unknown)} or unknown confidence")
    return published


def _read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def _all_values(published: Published) -> Iterator[PublishedValue]:
    yield from published.cells
    for number in ROW_TABLES:
        for row in published.tables[number].rows:
            yield from row.facts.values()


def _table(raw: Mapping[str, Any]) -> PublishedTable:
    number, task = raw["number"], raw["task"]
    cells = [_cells(number, task, entry) for entry in raw.get("cells", ())]
    return PublishedTable(
        number=number,
        title=raw["title"],
        task=task,
        topic=raw["topic"],
        notes=tuple(raw["notes"]),
        cells=tuple(cell for pair in cells for cell in pair),
        rows=tuple(_row(number, task, entry) for entry in raw.get("rows", ())),
    )


def _cells(table: int, task: str, entry: Mapping[str, Any]) -> list[PublishedCell]:
    _refuse_unknown(entry, {"method", "dataset", "level", *METRICS})
    place = {key: entry[key] for key in ("method", "dataset", "level")}
    return [
        PublishedCell(**_value(entry[metric]), **place, table=table, task=task, metric=metric)
        for metric in METRICS
    ]


def _row(table: int, task: str, entry: Mapping[str, Any]) -> PublishedRow:
    _refuse_unknown(entry, {"method", _ROW_PSNR, *_ROW_FACTS})
    method = entry["method"]
    psnr = PublishedCell(
        **_value(entry[_ROW_PSNR]),
        table=table,
        method=method,
        task=task,
        dataset="set5",
        level=3,
        metric="psnr",
    )
    facts = {key: PublishedValue(**_value(entry[key])) for key in _ROW_FACTS if key in entry}
    return PublishedRow(method, facts, psnr)


def _value(raw: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(raw, _VALUE_KEYS)
    return {
        "value": raw["value"],
        "confidence": raw["confidence"],
        "recall_strength": raw.get("recall_strength"),
        "sources": tuple(raw["source"]),
        "note": raw.get("note"),
        "dash": raw.get("dash", False),
    }


def _refuse_unknown(raw: Mapping[str, Any], allowed: set[str]) -> None:
    if unknown := set(raw) - allowed:
        known = ", ".join(sorted(allowed))
        raise ValueError(f"unknown keys {sorted(unknown)} in {dict(raw)}; allowed: {known}")
