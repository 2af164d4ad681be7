"""What the profile `benchmark` says of the ruler, by the values that this project commits."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from memnet.params import Params
from memnet.params.composing import compose
from memnet.published.cells import METRICS, Published
from memnet.published.verdict import Judged, Verdict, judge
from memnet.results.reference import REFERENCES, Reference, read_reference

PROFILE = "benchmark"


class Ruler(NamedTuple):
    """Verdicts on the values of methods of others; methods with reasons of what they miss."""

    commit: str
    verdicts: Counter[Verdict]
    reasons: tuple[tuple[str, str], ...]

    @property
    def num_judged(self) -> int:
        """How many values there is a verdict on."""
        return sum(self.verdicts[verdict] for verdict in ("within", "known miss", "outside"))


def committed_ruler(published: Published, folder: Path = REFERENCES) -> Ruler | None:
    """The verdicts on the committed values of `benchmark`; None where there are none.

    Raises
    ------
    InputError : the reference or the profile is damaged
    """
    path = folder / f"{PROFILE}.json"
    if not path.exists():
        return None
    reference = read_reference(path)
    params = Params.model_validate(YAML(typ="safe").load(compose(PROFILE)))
    judged = list(_judged(reference, params, published))
    reasons = dict.fromkeys((method, entry.reason) for method, entry in judged if entry.reason)
    return Ruler(reference.commit, Counter(entry.verdict for _, entry in judged), tuple(reasons))


def _judged(
    reference: Reference, params: Params, published: Published
) -> Iterator[tuple[str, Judged]]:
    """The paper's name of a method of others, and the verdict on one of its values."""
    others = {*params.converted, *params.methods}
    columns = {
        (method, str(task)): column
        for column, methods in params.tables.items()
        for task, method in methods.items()
    }
    for value in (value for value in reference.values if value.method in others):
        place = value.place._replace(method=columns.get((value.method, value.task), value.method))
        for metric in METRICS:
            cell = published.cell(**place._asdict(), metric=metric)
            if cell is not None and cell.value is not None:
                rules = params.calibration
                yield place.method, judge(
                    float(getattr(value, metric)), cell.value, rules.baselines.of(metric),
                    confirmed=not cell.recalled,
                    miss=rules.miss(value.method, value.dataset, metric),
                )  # fmt: skip
