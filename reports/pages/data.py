"""The images behind the numbers, and whether a scene that was tested had been trained on."""

from collections.abc import Mapping
from itertools import product
from operator import attrgetter
from typing import Any, NamedTuple

from reports.pages.model import Report


class Leak(NamedTuple):
    """Two images that show the same scene; `bits` of their hashes differ."""

    train: str
    test: str
    bits: int


class LeakCheck(NamedTuple):
    """Every image of a training set beside every image of a test set."""

    train: str
    test: str
    pairs: int
    nearest: int
    leaks: tuple[Leak, ...]


def leak_checks(report: Report) -> tuple[LeakCheck, ...]:
    """What each network of this project learned from against what it is tested on."""
    surveys = {data.name: data.about for data in report.datasets}
    learned = {r.method: r.training_set.dataset for r in report.records if r.training_set}
    pairs = ((learned[p.method], p.dataset) for p in report.grid if p.method in learned)
    return tuple(
        _check(surveys[train], surveys[test])
        for train, test in dict.fromkeys(pairs)
        if train in surveys and test in surveys
    )


def not_compared(report: Report) -> tuple[str, ...]:
    """Datasets that a network learned from and that this profile does not have."""
    surveyed = {data.name for data in report.datasets}
    learned = dict.fromkeys(r.training_set.dataset for r in report.records if r.training_set)
    return tuple(name for name in learned if name not in surveyed)


def _check(train: Mapping[str, Any], test: Mapping[str, Any]) -> LeakCheck:
    hashes = (
        [(name, int(image["hash"], 16)) for name, image in about["images"].items()]
        for about in (train, test)
    )
    found = (Leak(a, b, (ours ^ theirs).bit_count()) for (a, ours), (b, theirs) in product(*hashes))
    pairs = sorted(found, key=attrgetter("bits"))
    limit = min(train["scene_bits"], test["scene_bits"])
    leaks = tuple(leak for leak in pairs if leak.bits < limit)
    return LeakCheck(train["dataset"], test["dataset"], len(pairs), pairs[0].bits, leaks)
