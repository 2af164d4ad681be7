"""Reference values of a profile, and the results that are compared with them.

A reference file is JSON: the profile, how far a result may lie from its value, and the values.

profile : name of the profile
commit : of the code that gave the values
tolerance : psnr (dB) and ssim, of methods
input_tolerance : the same of the degraded input, in which nothing is trained
method_tolerance : the same of single methods: a short training differs between processors
values : method, task, dataset, level, psnr, ssim of each result; "inf" is the PSNR of equal images
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from memnet.errors import InputError
from memnet.published.cells import METRICS, Metric
from memnet.published.verdict import Tolerance, equal
from memnet.results.rows import INPUT, ResultKey
from memnet.schema import Section, TaskName, explain

REFERENCES = Path("reports/reference")
DECIMALS = 6  # of a stored value, far below any tolerance

Number = float | Literal["inf"]


class Value(Section):
    """PSNR (dB) and SSIM in one place."""

    method: str
    task: TaskName
    dataset: str
    level: int
    psnr: Number
    ssim: Number

    @property
    def place(self) -> ResultKey:
        """Where it was measured."""
        return ResultKey(self.method, self.task, self.dataset, self.level)


class Reference(Section):
    """A reference file."""

    profile: str
    commit: str
    tolerance: Tolerance = Tolerance(psnr=0.05, ssim=0.001)
    input_tolerance: Tolerance = Tolerance(psnr=0.005, ssim=0.0001)
    method_tolerance: Annotated[dict[str, Tolerance], Field(default_factory=dict)]
    values: Annotated[list[Value], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "Reference":
        places = [value.place for value in self.values]
        if twice := [place for place in dict.fromkeys(places) if places.count(place) > 1]:
            raise ValueError(f"values must name each place once, got {tuple(twice[0])} again")
        return self

    def tolerance_of(self, place: ResultKey, metric: Metric) -> float:
        """How far the result in a place may lie from its value."""
        usual = self.input_tolerance if place.method == INPUT else self.tolerance
        return self.method_tolerance.get(place.method, usual).of(metric)


class ResultCell(BaseModel):
    """What of a cell of report.json is compared."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    table: int
    our_method: str | None
    task: TaskName
    dataset: str
    level: int
    metric: Metric
    ours: Number | None


class ResultDocument(BaseModel):
    """What of report.json is compared."""

    model_config = ConfigDict(frozen=True, strict=True)

    profile: str
    commit: str
    cells: list[ResultCell]

    @property
    def our_cells(self) -> Iterator[tuple[tuple[ResultKey, Metric], ResultCell]]:
        """Cells that are about a method of ours, with what they are found by."""
        for cell in self.cells:
            if cell.our_method is not None:
                place = ResultKey(cell.our_method, cell.task, cell.dataset, cell.level)
                yield (place, cell.metric), cell


def reference_of(document: ResultDocument, old: Reference | None) -> Reference:
    """The results of a report as the reference of its profile, with the tolerances of `old`.

    InputError if nothing was measured, if a place has only one of PSNR and SSIM or two values of
    one of them, or if `old` is of another profile.
    """
    if old is not None and old.profile != document.profile:
        raise InputError(
            f"the reference to replace must be of profile {document.profile}, got {old.profile}: "
            "name another file with --reference"
        )
    found: dict[ResultKey, dict[Metric, Number]] = {}
    for (place, metric), cell in document.our_cells:
        if cell.ours is None:
            continue
        value = cell.ours if isinstance(cell.ours, str) else round(cell.ours, DECIMALS)
        if found.setdefault(place, {}).setdefault(metric, value) != value:
            raise InputError(f"the report holds two values of {metric} of {tuple(place)}")
    values = [{**place._asdict(), **metrics} for place, metrics in found.items()]
    made = {"profile": document.profile, "commit": document.commit}
    kept = {} if old is None else old.model_dump(exclude={*made, "values"})
    try:
        return Reference.model_validate({**made, **kept, "values": values})
    except ValidationError as error:
        raise InputError(f"the report gives no reference: {explain(error)}") from None


def reference_path(document: ResultDocument) -> Path:
    """Where the reference of a report's profile lies; InputError if its name can name no file."""
    if Path(document.profile).name != document.profile:
        raise InputError(f"the profile {document.profile!r} is no name of a file: give --reference")
    return REFERENCES / f"{document.profile}.json"


Document = TypeVar("Document", bound=BaseModel)


def read_document(path: str | Path) -> ResultDocument:
    """A report.json; InputError if it is missing or damaged."""
    return _read(ResultDocument, path, "delete it, then run `dvc repro`")


def read_reference(path: str | Path) -> Reference:
    """A reference file; InputError if it is missing or damaged."""
    return _read(
        Reference, path, "delete it, then `memnet verify --update` writes it from results you trust"
    )


def _read(kind: type[Document], path: str | Path, remedy: str) -> Document:
    try:
        return kind.model_validate(json.loads(Path(path).read_text(encoding="utf-8")))
    except ValidationError as error:
        fault = explain(error)
    except (OSError, ValueError, RecursionError) as error:
        fault = str(error)
    raise InputError(f"{path} is missing or damaged ({fault}): {remedy}")


class Verification(NamedTuple):
    """How many cells were compared, a sentence on each fault, how many have no reference."""

    num_cells: int
    faults: list[str]
    num_new: int


def verify(document: ResultDocument, reference: Reference) -> Verification:
    """Compare every measured cell of a report with its reference.

    A result that is in several tables is compared in each. A value of the reference that the report
    has not measured is a fault. InputError if the two are of different profiles.
    """
    if document.profile != reference.profile:
        raise InputError(
            f"the reference must be of profile {document.profile}, as the report is, got "
            f"{reference.profile}: name the right one with --reference"
        )
    expected = {
        (value.place, metric): float(getattr(value, metric))
        for value in reference.values
        for metric in METRICS
    }
    # A table may hold a result twice: on our own datasets, and beside the paper's number.
    found: dict[tuple[int | None, tuple[ResultKey, Metric], Number | None], None] = dict.fromkeys(
        (cell.table, key, cell.ours) for key, cell in document.our_cells if key in expected
    )
    known = {key for _, key, _ in found}
    found |= dict.fromkeys((None, key, None) for key in expected if key not in known)
    faults = []
    for table, key, ours in found:
        tolerance, wanted = reference.tolerance_of(*key), expected[key]
        if ours is None or not equal(float(ours), wanted, tolerance):
            (method, task, dataset, level), metric = key
            where = "no table" if table is None else f"table {table}"
            decimals = 4 if metric == "psnr" else 6
            got = "none" if ours is None else f"{float(ours):.{decimals}f}"
            faults.append(
                f"{where}, {method}, {dataset}, {task} {level}, {metric}: expected "
                f"{wanted:.{decimals}f}, got {got}, tolerance {tolerance:g}"
            )
    new = {key for key, cell in document.our_cells if cell.ours is not None} - expected.keys()
    return Verification(len(found), faults, len(new))
