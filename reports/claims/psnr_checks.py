"""Checks of claims about PSNR: paired differences, image by image."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Literal

import numpy as np

from memnet.results.rows import INPUT, ResultKey
from reports.claims.evidence import Evidence, MissingError, Side
from reports.claims.scope import Column, Columns, Scope
from reports.claims.verdicts import Bar, Finding
from reports.pages.wording import INPUT_TITLES, dataset_title, level_title, listed

Sides = tuple[Side, Side]


class BetterThan(Scope):
    """The column `better` is above each column of `than`, on every dataset at every level."""

    kind: Literal["better_than"] = "better_than"
    better: Column
    than: Columns

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each column, dataset and level, and one for all columns that are not there."""
        lacking = []
        for column in self.than:
            try:
                sides = _sides(self.better, column, self.task, evidence)
            except MissingError as error:
                lacking.append(str(error))
            else:
                yield from _over_scope(sides, self, evidence)
        if lacking:
            yield _missing(listed(list(dict.fromkeys(lacking))), self, evidence)


class GainGrowsWithLevel(Scope):
    """The gain of `better` over `than` is larger at each level than at the one before."""

    kind: Literal["gain_grows_with_level"] = "gain_grows_with_level"
    better: Column
    than: Column

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and two neighbouring levels."""
        subject = f"{self.better} − {self.than}"
        try:
            sides = _sides(self.better, self.than, self.task, evidence)
        except MissingError as error:
            yield replace(_missing(str(error), self, evidence), subject=subject)
            return
        datasets, other_images = evidence.datasets(self.task, self.datasets)
        for dataset, levels in product(datasets, pairwise(self.levels)):
            places = [ResultKey("", self.task, dataset, level) for level in levels]
            more = f"{subject}, more than at {level_title(self.task, levels[0])}"
            yield _judged(more, sides, places, evidence, other_images)


class OneNetworkPerTask(Scope):
    """One and the same network restores every level: it is above its input at each."""

    kind: Literal["one_network_per_task"] = "one_network_per_task"
    column: Column

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and level."""
        try:
            side = evidence.best(self.column, self.task)
        except MissingError:
            yield _missing(self.column, self, evidence)
            return
        record = evidence.record(side.first)
        taught: Sequence[int] = ()  # the levels that one network was made for
        if record and record.network:
            learned = record.training_set
            taught = learned.levels if learned else record.offered(self.task, self.levels)
        if not set(self.levels) <= set(taught):
            names = listed([level_title(self.task, level) for level in self.levels])
            reason = f"needs one network for {names}"
            yield Finding(self.column, "not run", self.task, reason=reason)
            return
        degraded = Side(INPUT_TITLES[self.task], {None: INPUT})
        yield from _over_scope((side, degraded), self, evidence)


def _missing(columns: str, scope: Scope, evidence: Evidence) -> Finding:
    """Finding that we have no method for some columns, with the datasets that need them."""
    datasets, _ = evidence.datasets(scope.task, scope.datasets)
    names = listed([dataset_title(dataset) for dataset in datasets])
    return Finding(columns, "not run", scope.task, reason=f"needs {columns} on {names}")


def _sides(better: str, than: str, task: str, evidence: Evidence) -> Sides:
    """Our methods for two columns; our best MemNet against one that was not trained here."""
    ours, other = evidence.side(better, task), evidence.side(than, task)
    return (ours if evidence.is_trained(other) else evidence.best(better, task)), other


def _over_scope(sides: Sides, scope: Scope, evidence: Evidence) -> Iterator[Finding]:
    """The first side against the second, in every place of a check that the second restores."""
    datasets, other_images = evidence.datasets(scope.task, scope.datasets)
    here = {dataset for dataset, _ in evidence.results.places(scope.task)}
    subject, both = (link.join(side.label for side in sides) for link in (" − ", " and "))
    for dataset in datasets:
        if dataset not in here:
            reason = f"needs {both} on {dataset_title(dataset)}"
            yield Finding(subject, "not run", scope.task, dataset, reason=reason)
            continue
        for level in scope.levels:
            place = ResultKey("", scope.task, dataset, level)
            if evidence.offered(sides[1], place):  # the paper prints a dash elsewhere
                yield _judged(subject, sides, [place], evidence, other_images)


def _judged(
    subject: str, sides: Sides, places: Sequence[ResultKey], evidence: Evidence, other_images: bool
) -> Finding:
    """Finding from paired differences in dB: of the last place, minus those of one before it."""
    finding = Finding(subject, "not run", *places[-1][1:])
    try:
        *before, found = (evidence.differences(*sides, place) for place in places)
        for first in before:
            if first[1:] != found[1:]:
                names = " and ".join(level_title(place.task, place.level) for place in places)
                raise MissingError(f"the same images at {names}")
            found = found._replace(values=found.values - first.values)
    except MissingError as error:
        return replace(finding, reason=f"needs {error}")
    by_noise = found.values.mean(axis=(0, 1))
    finding = replace(
        finding,
        num_images=len(found.images),
        methods=" against ".join(evidence.spent(side, found.seeds) for side in sides),
        noise_std=float(np.std(by_noise, ddof=1)) if len(by_noise) > 1 else None,
    )
    bar = Bar(holds=0, fails=evidence.rules.smallest_gain)
    by_seed = found.values.mean(axis=(1, 2)).tolist()
    return evidence.settled(finding, by_seed, bar, *sides, other_images=other_images)
