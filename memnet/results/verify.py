"""Fresh results beside the reference values that an earlier run of the same profile gave."""

from dataclasses import dataclass

from memnet.errors import InputError
from memnet.published.cells import METRICS, Metric
from memnet.published.verdict import equal
from memnet.results.reference import Number, Reference, ResultDocument
from memnet.results.rows import ResultKey


@dataclass(frozen=True)
class Fault:
    """A result outside its tolerance; `got` is None where it is missing.

    `table` is None where no table has the cell.
    """

    table: int | None
    place: ResultKey
    metric: Metric
    expected: float
    got: float | None
    tolerance: float

    def __str__(self) -> str:
        decimals = 4 if self.metric == "psnr" else 6
        got = "none" if self.got is None else f"{self.got:.{decimals}f}"
        where = "no table" if self.table is None else f"table {self.table}"
        place = f"{self.place.method}, {self.place.dataset}, {self.place.task} {self.place.level}"
        return (
            f"{where}, {place}, {self.metric}: expected {self.expected:.{decimals}f}, got {got}, "
            f"tolerance {self.tolerance:g}"
        )


@dataclass(frozen=True)
class Verification:
    """How many cells were compared, the faults among them, and results without a reference."""

    num_cells: int
    faults: tuple[Fault, ...]
    num_new: int


def verify(document: ResultDocument, reference: Reference) -> Verification:
    """Compare every measured cell of a report with its reference.

    A result stands in several tables, and is compared in each. A value of the reference that the
    report has not measured is a fault.

    Raises
    ------
    InputError : the two are of different profiles
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
        tolerance = reference.tolerance_of(*key)
        got = None if ours is None else float(ours)
        if got is None or not equal(got, expected[key], tolerance):
            faults.append(Fault(table, *key, expected[key], got, tolerance))
    new = {key for key, cell in document.our_cells if cell.ours is not None} - expected.keys()
    return Verification(len(found), tuple(faults), len(new))
