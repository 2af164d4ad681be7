"""What a report holds, as plain data: tables can be tested without HTML, HTML without measuring."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.params import Calibration, Claims
from memnet.published.cells import Metric
from memnet.results.durations import StageTime
from memnet.results.reader import DataSet, MissingFile
from memnet.results.rows import ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.ruler import Ruler

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


@dataclass(frozen=True)
class ResultRow:
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


@dataclass(frozen=True)
class ResultBlock:
    """Methods against datasets and levels."""

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
        rows = (replace(row, pairs=tuple(row.pairs[i] for i in indices)) for row in self.rows)
        return ResultBlock(tuple(self.columns[i] for i in indices), tuple(rows))


@dataclass(frozen=True)
class Value:
    """One entry as it is printed, or the mark that stands where there is none.

    `rank` is 1 for the best of its line and 2 for the second best, else 0; `spread` is the
    standard deviation over noise seeds.
    """

    text: str
    rank: int = 0
    recalled: bool = False
    spread: str | None = None


@dataclass(frozen=True)
class NetworkRow:
    """One network: what it is made of, as its depth, and its PSNR in one or more places."""

    column: Column
    facts: tuple[Value, ...]
    psnr: tuple[Cell, ...]


@dataclass(frozen=True)
class NetworkBlock:
    """Networks against what they are made of (Tables 2 and 6)."""

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
            tuple(replace(row, psnr=tuple(row.psnr[i] for i in kept)) for row in rows),
        )


Block = ResultBlock | NetworkBlock


@dataclass(frozen=True)
class Table:
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


@dataclass(frozen=True)
class GateNorms:
    """Weight norms of one network's gates (Fig. 5).

    `norms[m]` holds, for each input map of gate m + 1, the root of the summed squares of its
    weights: long-term maps first, then recursion 1 to R, `num_features` maps each. A network
    without long-term (or short-term) connections lacks that group.
    """

    norms: tuple[NDArray[np.floating], ...]
    num_features: int
    num_recursions: int
    long_term: bool
    short_term: bool


@dataclass(frozen=True)
class Crop:
    """One image: `TARGET` or a method, 8-bit grey PNG, PSNR of the whole image (target: None)."""

    label: str
    png: bytes
    psnr: float | None


@dataclass(frozen=True)
class Comparison:
    """The same crop of one image as target, degraded input and restored by each method."""

    benchmark: str
    task: str
    dataset: str
    level: int
    image: str
    crops: tuple[Crop, ...]

    @property
    def best(self) -> int:
        """Index of the crop with the highest PSNR of the whole image, the target left out."""
        return max(range(len(self.crops)), key=lambda index: self.crops[index].psnr or 0.0)


@dataclass(frozen=True)
class Extreme:
    """The image on which a method gains least ("worst") or most ("best") over its input.

    `crops` are the target, the degraded input and the restored image where that errs most: a
    window of `height` times `width` pixels whose corner is `top`, `left`. With noise, all of it is
    one draw.
    """

    kind: Literal["worst", "best"]
    method: str
    task: str
    dataset: str
    level: int
    image: str
    top: int
    left: int
    height: int
    width: int
    crops: tuple[Crop, ...]

    @property
    def is_loss(self) -> bool:
        """Whether the restored image is worse than its input."""
        degraded, restored = (crop.psnr or 0.0 for crop in self.crops[-2:])
        return restored < degraded


@dataclass(frozen=True, eq=False)
class Report:
    """Everything the pages show; nothing on them is read from anywhere else.

    Attributes
    ----------
    profile, budget : name of the profile, and the sentence about its budget
    created : time of the report as it is to be printed
    commit : commit of the code that made it, and whether the code had changed since
    versions : {package: version}, "memnet" being this project
    summary : one row per result: method, task, dataset, level, psnr, ssim, num_images, num_seeds,
        psnr_seed_std, run_key; a result of `grid` that is missing or NaN is shown as "not run"
    image_psnr : one row per restored image: method, task, dataset, level, image, seed (of the
        noise), psnr (dB); what the claims are judged by, and what the page "Images" lists
    grid : every result the profile promises, in the order of the columns; others are not shown
    records : the run.json of each method
    columns : {column of the paper: {task: our method}}; Bicubic and JPEG are "input" of themselves
    protocols : {task: the sentence that says how it is measured}
    calibration : the entries of all calibration.json files
    calibration_rules : how far values may lie from the published ones, and known misses
    claim_rules : tolerances of the verdicts on the paper's claims
    ruler : what the committed values of the profile benchmark say of methods of others; None
        where there are none
    histories : {method: history.csv}
    gate_norms : {method: norms of its gates}
    output_weights : {method: learned weight of each prediction}
    comparisons : image crops
    extremes : where the network in the paper's column MemNet gains least and most, and where
        another makes an image worse than its input
    datasets : every dataset of the profile
    probes : what was found inside networks with several predictions
    provenance : {section: {name: text}}, as the hashes of the data
    stage_times : how long each stage took when it made what is here
    config : text of params.yaml
    missing : result files that are gone; what they held is not in the fields above
    """

    profile: str
    budget: str
    created: str
    commit: str
    versions: Mapping[str, str]
    summary: pd.DataFrame
    image_psnr: pd.DataFrame
    grid: tuple[ResultKey, ...]
    records: tuple[RunRecord, ...]
    columns: Mapping[str, Mapping[str, str]]
    protocols: Mapping[str, str]
    calibration: tuple[Mapping[str, Any], ...]
    calibration_rules: Calibration
    claim_rules: Claims
    ruler: Ruler | None
    histories: Mapping[str, pd.DataFrame]
    gate_norms: Mapping[str, GateNorms]
    output_weights: Mapping[str, Sequence[float]]
    comparisons: tuple[Comparison, ...]
    extremes: tuple[Extreme, ...]
    datasets: tuple[DataSet, ...]
    probes: tuple[Mapping[str, Any], ...]
    provenance: Mapping[str, Mapping[str, str]]
    stage_times: tuple[StageTime, ...]
    config: str
    missing: tuple[MissingFile, ...]
