"""What the checks of claims look up in a report: methods, training seeds, PSNR image by image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.models.config import MemNetConfig
from memnet.params import Claims
from memnet.published.cells import Published
from memnet.results.rows import INPUT, ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.model import Report
from reports.pages.results import Results
from reports.pages.wording import dataset_title, level_title, task_words

PLACE = ["method", "task", "dataset", "level"]


class MissingError(Exception):
    """Something that a check needs was not run; the message says what."""


class Side(NamedTuple):
    """One side of a comparison: `methods` by training seed, None where no seed is known."""

    label: str
    methods: Mapping[int | None, str]


class Differences(NamedTuple):
    """PSNR of A − B in dB, (training seeds, images, noise seeds), and what its axes stand for."""

    values: NDArray[np.floating]
    seeds: tuple[int, ...]
    images: tuple[str, ...]
    noise_seeds: tuple[int, ...]


@dataclass(frozen=True)
class Evidence:
    """A report as the checks see it; made by `Evidence.of`.

    `psnr` holds, for each place, images (rows) against noise seeds (columns).
    """

    report: Report
    published: Published
    results: Results
    psnr: Mapping[ResultKey, pd.DataFrame]

    @classmethod
    def of(cls, report: Report, published: Published) -> "Evidence":
        """Index a report, see `Results.of`."""
        results = Results.of(report, published)
        groups: Any = report.image_psnr.groupby(PLACE)
        tables = {
            ResultKey(*key): rows.pivot(index="image", columns="seed", values="psnr")
            for key, rows in groups
        }
        return cls(report, published, results, tables)

    @property
    def rules(self) -> Claims:
        """What was settled beforehand."""
        return self.report.claim_rules

    def side(self, column: str, task: str) -> Side:
        """Our method for a column of the paper, with its repetitions by other training seeds.

        Raises
        ------
        MissingError : the profile has no such method
        """
        method = self.results.method_of(column, task)
        if method is None or method not in self.results.methods(task):
            raise MissingError(column)
        return Side(column, self._repetitions(method, task))

    def record(self, method: str | None) -> RunRecord | None:
        """The record of a method; the degraded input has none."""
        return self.results.records.get(method or "")

    def trained(self, task: str) -> list[RunRecord]:
        """Networks of a task that this project trained, in the order of the grid."""
        records = map(self.record, self.results.methods(task))
        return [record for record in records if record is not None and record.trained]

    def memnet(
        self, column: str, task: str, name: str | None = None
    ) -> tuple[RunRecord, MemNetConfig]:
        """Record and size of a column's MemNet, which must be the one named "M6R6" if named.

        Raises
        ------
        MissingError : there is none, or it is another
        """
        record = self.record(self.results.method_of(column, task))
        if record is None or record.memnet is None:
            raise MissingError(f"{column} for {task_words(task)}")
        found = record.memnet
        if name not in (None, found.name):
            raise MissingError(
                f"{name}; {record.method} is {found.name}, {found.depth} convolutions"
            )
        return record, found

    def _repetitions(self, method: str, task: str) -> dict[int | None, str]:
        """Methods that differ from `method` in nothing but their training seed, itself included."""
        record = self.record(method)
        if record is None or not record.trained:
            return {None: method}
        same = [other for other in self.trained(task) if _settings(other) == _settings(record)]
        return {r.seed: r.method for r in [*same, record]}  # `method` goes first

    def datasets(self, task: str, wanted: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """Where to check a claim about the datasets `wanted`, and whether those are others.

        All of `wanted` as soon as the profile has one of them, so that what is missing is named;
        the profile's own datasets where it has none.
        """
        here = tuple(dict.fromkeys(dataset for dataset, _ in self.results.places(task)))
        own = bool(here) and not set(here) & set(wanted)
        return (here if own else tuple(wanted)), own

    def offered(self, side: Side, place: ResultKey) -> bool:
        """Whether the method of a side restores the level of a place, of whatever method."""
        method = next(iter(side.methods.values()))
        cell = self.results.own_cell(0, place._replace(method=method), "psnr")
        return cell.status != "not offered"

    def differences(self, better: Side, other: Side, place: ResultKey) -> Differences:
        """PSNR of `better` minus that of `other`, image by image, seed by seed.

        Networks of the same training seed are paired; a method without one stands against all.
        `place` gives task, dataset and level, its method is not looked at.

        Raises
        ------
        MissingError : a result is missing, the images differ, or no training seed is common
        """
        seeds = _common_seeds(better, other)
        pairs = [[self._psnr(side, seed, place) for side in (better, other)] for seed in seeds]
        for table in (table for pair in pairs for table in pair):
            if not all(map(pd.Index.equals, table.axes, pairs[0][0].axes)):
                raise MissingError(f"{better.label} and {other.label} on the same images")
        values = np.stack([left.to_numpy() - right.to_numpy() for left, right in pairs])
        if not np.isfinite(values).all():
            raise MissingError(f"a finite PSNR of every image on {where(place)}")
        images, noise_seeds = (tuple(axis.to_list()) for axis in pairs[0][0].axes)
        known = tuple(seed for seed in seeds if seed is not None)
        return Differences(values, known, images, noise_seeds)

    def _psnr(self, side: Side, seed: int | None, place: ResultKey) -> pd.DataFrame:
        """PSNR of the network of a training seed, or of the method that has none.

        Raises
        ------
        MissingError : it was not measured there
        """
        place = place._replace(method=side.methods[None if None in side.methods else seed])
        if place not in self.results.measured or place not in self.psnr:
            which = f" of seed {seed}" if len(side.methods) > 1 else ""
            raise MissingError(f"{side.label}{which} on {where(place)}")
        return self.psnr[place]

    def spent(self, side: Side, seeds: Sequence[int]) -> str:
        """Methods of a side with these training seeds, and what was spent on them."""
        used = [name for seed, name in side.methods.items() if seed is None or seed in seeds]
        if used == [INPUT]:
            return INPUT
        budgets = dict.fromkeys(map(self.results.budget_of, used))
        return f"{', '.join(used)} ({', '.join(budgets)})"


def _common_seeds(better: Side, other: Side) -> list[int | None]:
    """Training seeds that both sides have; a side without one goes with every seed.

    Raises
    ------
    MissingError : there is none
    """
    a, b = set(better.methods), set(other.methods)
    seeds = a | b if None in a | b else a & b
    if not seeds:
        raise MissingError(f"{better.label} and {other.label} with the same training seed")
    known: list[int | None] = [*sorted(seed for seed in seeds if seed is not None)]
    return known or [None]


def _settings(record: RunRecord) -> tuple[Any, ...]:
    """Everything that was asked for in a training, its seed left out."""
    asked = record.experiment and record.experiment.model_copy(update={"seed": 0})
    return asked, record.network, record.recipe, record.training_set


def where(place: ResultKey) -> str:
    """Dataset and level of a place in words."""
    return f"{dataset_title(place.dataset)} {level_title(place.task, place.level)}"
