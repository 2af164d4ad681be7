"""The published numbers of the paper's six tables, each with its source and its confidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, Strict, ValidationError

from memnet.schema import Section, TaskName, explain, read_yaml

FOLDER = Path(__file__).parent
ROW_TABLES = (2, 6)
ROW_PLACE = ("set5", 3)
"""Dataset and scale of the PSNR in Tables 2 and 6."""

Metric = Literal["psnr", "ssim"]
METRICS: tuple[Metric, Metric] = ("psnr", "ssim")


class PublishedValue(Section):
    """One published entry; `value` is None where it is not known or the paper prints a dash."""

    model_config = ConfigDict(populate_by_name=True)

    value: float | int | str | None
    sources: Annotated[list[str], Field(alias="source", min_length=1)]
    confidence: Literal["verified", "single", "recalled"]
    recall_strength: Literal["strong", "medium", "weak"] | None = None
    note: str | None = None
    dash: bool = False
    candidates: Annotated[tuple[str, ...], Strict(False)] = ()
    computed_check: float | None = None

    @property
    def recalled(self) -> bool:
        """Whether the value was transcribed from memory: shown with a dagger."""
        return self.confidence == "recalled"


class _Number(PublishedValue):
    value: float | None


class PublishedCell(_Number):
    """One published PSNR (dB) or SSIM and the coordinates it belongs to."""

    table: int
    method: str
    task: TaskName
    dataset: str
    level: int
    metric: Metric


class _Entry(Section):
    """PSNR and SSIM of a method in one place, as Tables 1, 3, 4 and 5 have them."""

    method: str
    dataset: str
    level: int
    psnr: _Number
    ssim: _Number


class PublishedRow(Section):
    """One network of Table 2 or 6: what it is made of, and its PSNR on Set5 x3."""

    method: str
    depth: PublishedValue
    parameters: PublishedValue
    filters: PublishedValue | None = None
    training_images: PublishedValue | None = None
    multi_supervision: PublishedValue | None = None
    psnr_set5_x3: _Number


class PublishedTable(Section):
    """One table of the paper: `entries` in Tables 1, 3, 4 and 5, `rows` in Tables 2 and 6."""

    number: int
    title: str
    task: TaskName
    topic: str
    notes: Annotated[tuple[str, ...], Strict(False)]
    entries: Annotated[tuple[_Entry, ...], Field(alias="cells"), Strict(False)] = ()
    rows: Annotated[tuple[PublishedRow, ...], Strict(False)] = ()

    @cached_property
    def cells(self) -> tuple[PublishedCell, ...]:
        """Every PSNR and SSIM of the table."""
        return (
            *(self._cell(e, getattr(e, m), e.dataset, e.level, m) for e in self.entries
              for m in METRICS),
            *(self._cell(row, row.psnr_set5_x3, *ROW_PLACE, "psnr") for row in self.rows),
        )  # fmt: skip

    def _cell(
        self, of: _Entry | PublishedRow, number: _Number, dataset: str, level: int, metric: Metric
    ) -> PublishedCell:
        return PublishedCell(
            **dict(number), table=self.number, method=of.method, task=self.task, dataset=dataset,
            level=level, metric=metric,
        )  # fmt: skip

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods in the order of the paper's columns (or rows)."""
        return tuple(dict.fromkeys(cell.method for cell in self.cells))

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

    def cell(
        self, *, method: str, task: str, dataset: str, level: int, metric: str
    ) -> PublishedCell | None:
        """Published cell of one of the paper's columns at a place; None if no table has one."""
        wanted = (method, task, dataset, level, metric)
        for cell in (cell for number in (3, 4, 5, 1, 2, 6) for cell in self.tables[number].cells):
            if (cell.method, cell.task, cell.dataset, cell.level, cell.metric) == wanted:
                return cell
        return None

    def rows(
        self, task: str, dataset: str, level: int
    ) -> tuple[dict[str, tuple[float | None, float | None]], list[str]]:
        """PSNR in dB and SSIM of each method in Table 3, 4 or 5 that a source confirms.

        Beside them the methods whose values are recalled alone.
        """
        found: dict[str, tuple[float | None, float | None]] = {}
        recalled: list[str] = []
        for method in dict.fromkeys(m for n in (3, 4, 5) for m in self.tables[n].methods):
            psnr, ssim = (
                self.cell(method=method, task=task, dataset=dataset, level=level, metric=metric)
                for metric in METRICS
            )
            if psnr is None or ssim is None or psnr.value is ssim.value is None:
                continue
            if psnr.recalled or ssim.recalled:
                recalled.append(method)
            else:
                found[method] = (psnr.value, ssim.value)
        return found, recalled


def load_published(folder: str | Path = FOLDER) -> Published:
    """Read all tables; ValueError if an entry has an unknown key, source or confidence."""
    about = read_yaml(Path(folder) / "sources.yaml")
    tables = {n: _table(Path(folder) / f"table{n}.yaml", about["sources"]) for n in range(1, 7)}
    return Published(tables, about["paper"], about["sources"], about["confidence"])


def _table(path: Path, sources: Mapping[str, Any]) -> PublishedTable:
    try:
        table = PublishedTable.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ValueError(f"{path.name}: {explain(error)}") from None
    facts = [value for row in table.rows for value in dict(row).values()]
    for value in (*table.cells, *(v for v in facts if isinstance(v, PublishedValue))):
        if unknown := set(value.sources) - set(sources):
            raise ValueError(f"{path.name}: {value} has the unknown source {sorted(unknown)}")
    return table
