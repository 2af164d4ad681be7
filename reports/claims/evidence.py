"""What the checks of claims read from a report: methods, training seeds, PSNR image by image."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.models.config import MemNetConfig
from memnet.params import Claims
from memnet.published.cells import Published
from memnet.results.rows import CELL_COLUMNS, INPUT, ResultKey
from memnet.results.run_record import LearnedSet, RunRecord
from reports.claims.verdicts import Bar, Finding, settled
from reports.pages.model import Report
from reports.pages.results import Results
from reports.pages.wording import dataset_title, level_title

SIZE = {"kind", "depth", "num_features", "num_memory_blocks", "num_recursions"}
CONNECTIONS = {"long_term", "short_term", "multi_supervised"}


class MissingError(Exception):
    """Something that a check needs was not run; the message says what."""


class Side(NamedTuple):
    """One side of a comparison: `methods` by training seed, None where nothing was trained here."""

    label: str
    methods: Mapping[int | None, str]

    @property
    def first(self) -> str:
        """Any one of the methods, for what all of them share."""
        return next(iter(self.methods.values()))

    def of_seed(self, seed: int | None) -> str:
        """The method that was trained with a seed, or the one that was not trained here."""
        return self.methods[None if None in self.methods else seed]


class Differences(NamedTuple):
    """PSNR of A − B in dB, (training seeds, images, noise seeds), and what its axes stand for."""

    values: NDArray[np.floating]
    seeds: tuple[int | None, ...]
    images: tuple[str, ...]
    noise_seeds: tuple[int, ...]


class Evidence(NamedTuple):
    """A report as the checks see it; made by `Evidence.of`.

    `psnr` has a table for each place: a row for each image, a column for each noise seed.
    """

    report: Report
    published: Published
    results: Results
    psnr: Mapping[ResultKey, pd.DataFrame]

    @classmethod
    def of(cls, report: Report, published: Published) -> "Evidence":
        """Index a report, see `Results.of`."""
        groups: Any = report.image_psnr.groupby(CELL_COLUMNS)
        tables = {
            ResultKey(*key): rows.pivot(index="image", columns="seed", values="psnr")
            for key, rows in groups
        }
        return cls(report, published, Results.of(report, published), tables)

    @property
    def rules(self) -> Claims:
        """What was settled beforehand."""
        return self.report.claim_rules

    def side(self, column: str, task: str) -> Side:
        """Our method for a column, with all its seeds; MissingError if there is none."""
        method = self.results.method_of(column, task)
        if method is None or method not in self.results.methods(task):
            raise MissingError(column)
        return self.repetitions(column, method, task)

    def best(self, column: str, task: str) -> Side:
        """The MemNet that judges a claim about MemNet alone; MissingError if there is none.

        One that was trained here, with the connections and the levels of the column's network: if
        possible of the published size, and then on the same training images; of several, the one
        that was trained on most pixels. Test images choose nothing.
        """
        side = self.side(column, task)
        base = self.record(side.first)
        if base is None or base.memnet is None or not base.trained:
            return side
        connections = base.memnet.model_dump(include=CONNECTIONS)
        alike = [
            other
            for other in self.trained(task)
            if other.memnet and other.memnet.model_dump(include=CONNECTIONS) == connections
            if other.tasks == base.tasks
        ]
        most = self.fittest(column, alike, base.training_set)
        return self.repetitions(column, most.method, task)

    def fittest(
        self, column: str, records: Sequence[RunRecord], images: LearnedSet | None = None
    ) -> RunRecord:
        """The one of the published size, then trained on `images`, then on most pixels."""

        def fitness(record: RunRecord) -> tuple[bool, bool, int]:
            published = self._as_published(column, record)
            return published, published and record.training_set == images, pixels(record)

        return max(records, key=fitness)

    def record(self, method: str) -> RunRecord | None:
        """The record of a method; the degraded input has none."""
        return self.results.records.get(method)

    def trained(self, task: str) -> list[RunRecord]:
        """Networks of a task that this project trained, in the order of the grid."""
        records = map(self.record, self.results.methods(task))
        return [record for record in records if record is not None and record.trained]

    def is_trained(self, *sides: Side) -> bool:
        """Whether this project trained any of them."""
        return any(seed is not None for side in sides for seed in side.methods)

    def settled(
        self, finding: Finding, values: Sequence[float], bar: Bar, *sides: Side,
        other_images: bool = False,
    ) -> Finding:  # fmt: skip
        """`finding` with its verdict, see `verdicts.settled`; `values` are by training seed."""
        records = [(s.label, self.record(m)) for s in sides for m in s.methods.values()]
        other_size = any(r and r.trained and not self._as_published(c, r) for c, r in records)
        differs = {"other images": other_images, "other size": other_size}
        return settled(
            finding, values, bar, self.rules, trained=self.is_trained(*sides),
            stand_in=", ".join(what for what, so in differs.items() if so),
        )  # fmt: skip

    def _as_published(self, column: str, record: RunRecord) -> bool:
        """Whether a network is of the kind and size of the paper's in that column."""
        assert record.network is not None
        kind: Any = type(record.network)
        wanted = kind()  # the defaults are the paper's
        if named := re.fullmatch(r"M(\d+)R(\d+)", column):
            wanted = MemNetConfig(num_memory_blocks=int(named[1]), num_recursions=int(named[2]))
        return bool(record.network.model_dump(include=SIZE) == wanted.model_dump(include=SIZE))

    def repetitions(self, label: str, method: str, task: str) -> Side:
        """Methods that differ from `method` in nothing but their training seed, itself included."""
        record = self.record(method)
        if record is None or not record.trained:
            return Side(label, {None: method})
        same = [other for other in self.trained(task) if _settings(other) == _settings(record)]
        return Side(label, {r.seed: r.method for r in [*same, record]})  # `method` before a twin

    def datasets(self, task: str, wanted: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """Where to check a claim about the datasets `wanted`, and whether those are others.

        All of `wanted` as soon as the profile has one of them, so that what is missing is named;
        the profile's own datasets where it has none.
        """
        here = tuple(dict.fromkeys(dataset for dataset, _ in self.results.places(task)))
        other = bool(here) and not set(here) & set(wanted)
        return (here if other else tuple(wanted)), other

    def offered(self, side: Side, place: ResultKey) -> bool:
        """Whether the method of a side restores the level of a place, of whatever method."""
        cell = self.results.own_cell(0, place._replace(method=side.first), "psnr")
        return cell.status != "not offered"

    def differences(self, better: Side, other: Side, place: ResultKey) -> Differences:
        """PSNR of `better` minus that of `other`, image by image, seed by seed.

        Networks of the same training seed are paired; a method without one is paired with each. The
        method of `place` is ignored. MissingError if a result is missing or not finite, the images
        differ, or the two have no training seed in common.
        """
        seeds = common_seeds(better, other)
        pairs = [[self._psnr(side, seed, place) for side in (better, other)] for seed in seeds]
        for table in (table for pair in pairs for table in pair):
            if not all(map(pd.Index.equals, table.axes, pairs[0][0].axes)):
                raise MissingError(f"{better.label} and {other.label} on the same images")
        values = np.stack([left.to_numpy() - right.to_numpy() for left, right in pairs])
        if not np.isfinite(values).all():
            raise MissingError(f"a finite PSNR of every image on {where(place)}")
        images, noise_seeds = (tuple(axis.to_list()) for axis in pairs[0][0].axes)
        return Differences(values, tuple(seeds), images, noise_seeds)

    def _psnr(self, side: Side, seed: int | None, place: ResultKey) -> pd.DataFrame:
        place = place._replace(method=side.of_seed(seed))
        if place not in self.results.measured or place not in self.psnr:
            raise MissingError(f"{side.label} on {where(place)}")
        return self.psnr[place]

    def spent(self, side: Side, seeds: Sequence[int | None]) -> str:
        """Methods of a side with these training seeds, and what was spent on them."""
        used = dict.fromkeys(map(side.of_seed, seeds))
        if list(used) == [INPUT]:
            return INPUT
        budgets = dict.fromkeys(map(self.results.budget_of, used))
        return f"{', '.join(used)} ({', '.join(budgets)})"


def common_seeds(better: Side, other: Side) -> list[int | None]:
    """Training seeds that both have (a side without fits all); MissingError if there is none."""
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


def pixels(record: RunRecord) -> int:
    """How many a network was trained on, patches counted as often as they were seen."""
    assert record.recipe is not None and record.steps is not None
    return record.steps * record.recipe.batch_size * record.recipe.patch_size**2


def where(place: ResultKey) -> str:
    """Dataset and level of a place in words."""
    return f"{dataset_title(place.dataset)} {level_title(place.task, place.level)}"
