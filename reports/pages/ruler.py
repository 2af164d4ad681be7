"""Verdicts on our values for methods of others, here and in the committed `benchmark`."""

from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple

from memnet.params import Calibration
from memnet.params.composing import params_of
from memnet.published.cells import METRICS, Published, PublishedCell
from memnet.published.verdict import Judged, Verdict, judge
from memnet.results.reference import REFERENCES, read_reference

PROFILE = "benchmark"
NO_VERDICT = ("not confirmed", "no published value")


class Ruler(NamedTuple):
    """Verdicts on the values of methods of others; methods with reasons of what they miss."""

    commit: str
    verdicts: Counter[Verdict]
    reasons: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, commit: str, judged: Iterable[tuple[str, Judged]]) -> "Ruler":
        """Count verdicts, each beside the name of its method."""
        found = list(judged)
        verdicts = (entry.verdict for _, entry in found if entry.verdict not in NO_VERDICT)
        reasons = dict.fromkeys((name, entry.reason) for name, entry in found if entry.reason)
        return cls(commit, Counter(verdicts), tuple(reasons))


def judged(ours: float, cell: PublishedCell, method: str, rules: Calibration) -> Judged:
    """Verdict on our value for a method of others."""
    return judge(
        ours, cell.value, rules.baselines.of(cell.metric), confirmed=not cell.recalled,
        miss=rules.miss(method, cell.dataset, cell.metric),
    )  # fmt: skip


def committed_ruler(published: Published, folder: Path = REFERENCES) -> Ruler | None:
    """The verdicts on the committed values of `benchmark`; None if there are none."""
    path = folder / f"{PROFILE}.json"
    if not path.exists():
        return None
    reference = read_reference(path)
    params = params_of(PROFILE)
    others = {*params.converted, *params.methods}
    columns = {
        (method, str(task)): column
        for column, methods in params.tables.items()
        for task, method in methods.items()
    }
    found = []
    for value, metric in product(reference.values, METRICS):
        name = columns.get((value.method, value.task), value.method)
        cell = published.cell(**value.place._replace(method=name)._asdict(), metric=metric)
        if cell is not None and value.method in others:
            ours = float(getattr(value, metric))
            found.append((name, judged(ours, cell, value.method, params.calibration)))
    return Ruler.of(reference.commit, found)
