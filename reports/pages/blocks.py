"""A table as plain data: cells, rows of them, and the two blocks of each table of the paper."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from memnet.published.cells import Metric

Status = Literal["compared", "not run", "not offered", "paper unknown", "paper dash", "ours only"]


@dataclass(frozen=True)
class Cell:
    """One PSNR (dB) or SSIM: the paper's number, ours, and what can be said of the two.

    `method` is the paper's column and None in the block of our own datasets; `our_method` is None
    where the profile has no method for that column. `status` says why a number is missing, "not
    offered" being a level that the method does not restore;
    `difference` exists only where both numbers belong to the same dataset and level. `rank` is 1
    for the best and 2 for the second best of its row, else 0. `seed_std` is the standard
    deviation of the mean PSNR over noise seeds (dB), None with one seed.
    """

    table: int
    method: str | None
    our_method: str | None
    task: str
    dataset: str
    level: int
    metric: Metric
    status: Status
    paper: float | None = None
    confidence: str | None = None
    ours: float | None = None
    difference: Decimal | None = None
    num_images: int | None = None
    num_seeds: int | None = None
    seed_std: float | None = None
    run_key: str | None = None
    paper_dash: bool = False
    rank: int = 0

    @property
    def recalled(self) -> bool:
        """Whether the paper's number bears the dagger."""
        return self.confidence == "recalled"


class Column(NamedTuple):
    """Heading of one method; `method` names our own method, `note` what was spent on it."""

    label: str
    method: str | None
    note: str | None


class ResultRow(NamedTuple):
    """One dataset at one level: a (PSNR, SSIM) pair for every column."""

    task: str
    dataset: str
    level: int
    num_images: int | None
    pairs: tuple[tuple[Cell, Cell], ...]

    @property
    def measured(self) -> bool:
        """Whether any column has a number of ours."""
        return any(map(has_number, self.pairs))


def has_number(cells: Iterable[Cell]) -> bool:
    """Whether any of the cells has a number of ours."""
    return any(cell.ours is not None for cell in cells)


def _tried(cells: Iterable[Cell]) -> bool:
    return any(cell.ours is not None or cell.status == "not offered" for cell in cells)


class ResultBlock(NamedTuple):
    """Methods as columns, datasets and levels as rows."""

    columns: tuple[Column, ...]
    rows: tuple[ResultRow, ...]

    @property
    def cells(self) -> Iterator[Cell]:
        """Every cell, row by row."""
        return (cell for row in self.rows for pair in row.pairs for cell in pair)

    @property
    def measured(self) -> "ResultBlock":
        """The rows with a number of ours, and the columns of which not every cell is not run."""
        columns = range(len(self.columns))
        kept = [i for i in columns if any(_tried(row.pairs[i]) for row in self.rows)]
        rows = tuple(row for row in self.rows if row.measured)
        return ResultBlock(self.columns, rows).of_columns(kept)

    @property
    def last_first(self) -> "ResultBlock":
        """The columns from the last to the first."""
        return self.of_columns(range(len(self.columns))[::-1])

    def of_columns(self, indices: Sequence[int]) -> "ResultBlock":
        """Some columns, in an order of their own."""
        rows = (row._replace(pairs=tuple(row.pairs[i] for i in indices)) for row in self.rows)
        return ResultBlock(tuple(self.columns[i] for i in indices), tuple(rows))


class Value(NamedTuple):
    """One entry as it is printed, or the mark of one that is missing.

    `rank` is 1 for the best of its line and 2 for the second best, else 0; `spread` is the
    standard deviation over noise seeds.
    """

    text: str
    rank: int = 0
    recalled: bool = False
    spread: str | None = None


class NetworkRow(NamedTuple):
    """One network: what it is made of, such as its depth, and its PSNR in some places."""

    column: Column
    facts: tuple[Value, ...]
    psnr: tuple[Cell, ...]


class NetworkBlock(NamedTuple):
    """Networks as rows, what they are made of and PSNR as columns (Tables 2 and 6)."""

    fact_titles: tuple[str, ...]
    psnr_titles: tuple[str, ...]
    rows: tuple[NetworkRow, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """What names each network."""
        return tuple(row.column for row in self.rows)

    @property
    def cells(self) -> Iterator[Cell]:
        """Every cell, row by row."""
        return (cell for row in self.rows for cell in row.psnr)

    @property
    def measured(self) -> "NetworkBlock":
        """The networks, and the places, of which not every cell is not run."""
        rows = [row for row in self.rows if _tried(row.psnr)]
        kept = [i for i in range(len(self.psnr_titles)) if any(_tried([r.psnr[i]]) for r in rows)]
        return NetworkBlock(
            self.fact_titles,
            tuple(self.psnr_titles[i] for i in kept),
            tuple(row._replace(psnr=tuple(row.psnr[i] for i in kept)) for row in rows),
        )


Block = ResultBlock | NetworkBlock


class Table(NamedTuple):
    """One table of the paper: our results on this profile's datasets, and the paper's own cells."""

    number: int
    title: str
    caption: str
    protocol: tuple[str, ...]
    notes: tuple[str, ...]
    ours: Block
    paper: Block

    @property
    def compared(self) -> bool:
        """Whether any cell of the paper has a number of ours beside it."""
        return has_number(self.paper.cells)

    @property
    def cells(self) -> Iterator[Cell]:
        """Every cell of both blocks."""
        yield from self.ours.cells
        yield from self.paper.cells
