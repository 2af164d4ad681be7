"""Checks of claims about PSNR: paired differences, image by image."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from typing import Literal

import numpy as np

from memnet.results.rows import INPUT, ResultKey
from memnet.results.run_record import RunRecord
from reports.claims.evidence import Differences, Evidence, MissingError, Side
from reports.claims.scope import Column, Columns, Scope
from reports.claims.verdicts import Bar, Finding
from reports.pages.wording import INPUT_TITLES, dataset_title, level_title, listed


class BetterThan(Scope):
    """The column `better` is above each column of `than`, on every dataset at every level."""

    kind: Literal["better_than"] = "better_than"
    better: Column
    than: Columns

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each column, dataset and level, and one for all columns that are not there."""
        try:
            evidence.side(self.better, self.task)
        except MissingError:
            yield _missing(self.better, self, evidence)
            return
        lacking = []
        for column in self.than:
            try:
                sides = _sides(self.better, column, self.task, evidence)
            except MissingError:
                lacking.append(column)
                continue
            yield from _over_scope(*sides, self, evidence)
        if lacking:
            yield _missing(listed(lacking), self, evidence)


class GainGrowsWithLevel(Scope):
    """The gain of `better` over `than` is larger at each level than at the one before."""

    kind: Literal["gain_grows_with_level"] = "gain_grows_with_level"
    better: Column
    than: Column

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and two neighbouring levels."""
        try:
            better, other = _sides(self.better, self.than, self.task, evidence)
        except MissingError as error:
            subject = f"{self.better} − {self.than}"
            yield replace(_missing(str(error), self, evidence), subject=subject)
            return
        datasets, other_images = evidence.datasets(self.task, self.datasets)
        for dataset, levels in product(datasets, pairwise(self.levels)):
            before = level_title(self.task, levels[0])
            subject = f"{better.label} − {other.label}, more than at {before}"
            finding = Finding(subject, "not run", self.task, dataset, levels[1])
            places = [ResultKey("", self.task, dataset, level) for level in levels]
            try:
                first, second = (evidence.differences(better, other, place) for place in places)
                if first[1:] != second[1:]:
                    names = " and ".join(level_title(self.task, level) for level in levels)
                    raise MissingError(f"the same images at {names}")
            except MissingError as error:
                yield replace(finding, reason=f"needs {error}")
                continue
            growths = second._replace(values=second.values - first.values)
            yield _judged(finding, better, other, growths, evidence, other_images)


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
        record = evidence.record(next(iter(side.methods.values())))
        if record is None or record.network is None or not self._taught(record):
            names = listed([level_title(self.task, level) for level in self.levels])
            reason = f"needs one network for {names}"
            yield Finding(self.column, "not run", self.task, reason=reason)
            return
        degraded = Side(INPUT_TITLES[self.task], {None: INPUT})
        yield from _over_scope(side, degraded, self, evidence)

    def _taught(self, record: RunRecord) -> bool:
        """Whether one network was made for every level."""
        learned = record.training_set
        taught = learned.levels if learned else record.offered(self.task, self.levels)
        return set(self.levels) <= set(taught)


def _sides(better: str, than: str, task: str, evidence: Evidence) -> tuple[Side, Side]:
    """Two columns: networks trained here at the budget of their tables, else our best MemNet."""
    ours, other = evidence.side(better, task), evidence.side(than, task)
    return (ours if evidence.is_trained(other) else evidence.best(better, task)), other


def _over_scope(better: Side, other: Side, scope: Scope, evidence: Evidence) -> Iterator[Finding]:
    """`better` against `other` in every place of a check that both restore."""
    datasets, other_images = evidence.datasets(scope.task, scope.datasets)
    here = {dataset for dataset, _ in evidence.results.places(scope.task)}
    subject = f"{better.label} − {other.label}"
    for dataset in datasets:
        if dataset not in here:
            reason = f"needs {better.label} and {other.label} on {dataset_title(dataset)}"
            yield Finding(subject, "not run", scope.task, dataset, reason=reason)
            continue
        for level in scope.levels:
            place = ResultKey("", scope.task, dataset, level)
            if not evidence.offered(other, place):
                continue  # the paper prints a dash there
            finding = Finding(subject, "not run", *place[1:])
            try:
                found = evidence.differences(better, other, place)
            except MissingError as error:
                yield replace(finding, reason=f"needs {error}")
                continue
            yield _judged(finding, better, other, found, evidence, other_images)


def _judged(
    finding: Finding, better: Side, other: Side, found: Differences, evidence: Evidence,
    other_images: bool,
) -> Finding:  # fmt: skip
    """`finding` with mean, interval, spreads and verdict of paired differences in dB."""
    by_noise = found.values.mean(axis=(0, 1))
    finding = replace(
        finding,
        num_images=len(found.images),
        methods=" against ".join(evidence.spent(side, found.seeds) for side in (better, other)),
        noise_std=float(np.std(by_noise, ddof=1)) if len(by_noise) > 1 else None,
    )
    bar = Bar(holds=0, fails=evidence.rules.smallest_gain)
    by_seed = found.values.mean(axis=(1, 2)).tolist()
    return evidence.settled(finding, by_seed, bar, better, other, other_images=other_images)


def _missing(columns: str, scope: Scope, evidence: Evidence) -> Finding:
    """Finding that a column has no method of ours, with all the places where it is needed."""
    datasets, _ = evidence.datasets(scope.task, scope.datasets)
    names = listed([dataset_title(dataset) for dataset in datasets])
    return Finding(columns, "not run", scope.task, reason=f"needs {columns} on {names}")
