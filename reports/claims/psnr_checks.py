"""Checks of claims about PSNR: paired differences, image by image."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

from memnet.results.rows import INPUT
from memnet.results.run_record import RunRecord
from reports.claims.comparing import growth, missing, over_scope, with_enough_seeds
from reports.claims.evidence import Evidence, MissingError, Side
from reports.claims.scope import Column, Columns, Scope, Texts
from reports.claims.verdicts import Finding
from reports.pages.wording import INPUT_TITLES, level_title, listed


class BetterThan(Scope):
    """The column `better` is above each column of `than`, on every dataset at every level."""

    kind: Literal["better_than"] = "better_than"
    better: Column
    than: Columns

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each column, dataset and level, and one for all columns that are not there."""
        try:
            better = evidence.side(self.better, self.task)
        except MissingError:
            yield missing(self.better, self, evidence)
            return
        lacking = []
        for column in self.than:
            try:
                other = evidence.side(column, self.task)
            except MissingError:
                lacking.append(column)
                continue
            yield from over_scope(better, other, self, evidence)
        if lacking:
            yield missing(listed(lacking), self, evidence)


class Order(Scope):
    """Each column is above the next one; with fewer than `min_seeds` trainings it stays open."""

    kind: Literal["order"] = "order"
    columns: Columns
    min_seeds: int

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each two neighbouring columns, dataset and level."""
        for pair in pairwise(self.columns):
            try:
                better, other = (evidence.side(column, self.task) for column in pair)
            except MissingError as error:
                found = missing(str(error), self, evidence)
                yield replace(found, subject=" − ".join(pair))
                continue
            for finding in over_scope(better, other, self, evidence):
                yield with_enough_seeds(finding, self.min_seeds)


class GainGrowsWithLevel(Scope):
    """The gain of `better` over `than` is larger at each level than at the one before."""

    kind: Literal["gain_grows_with_level"] = "gain_grows_with_level"
    better: Column
    than: Column

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and two neighbouring levels."""
        gain = f"{self.better} − {self.than}"
        try:
            better, other = (evidence.side(c, self.task) for c in (self.better, self.than))
        except MissingError as error:
            yield replace(missing(str(error), self, evidence), subject=gain)
            return
        yield from growth(better, other, self, evidence)


class DeeperIsBetter(Scope):
    """Of networks that differ in M and R alone, the deeper one is above the one before.

    The networks are those named "M4R6" and so on as soon as the profile has one of them, else
    whatever depths it has.
    """

    kind: Literal["deeper_is_better"] = "deeper_is_better"
    column: Column
    networks: Texts

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each two networks that are neighbours in depth, dataset and level."""
        sides = self._family(evidence)
        ladder = self.networks if set(sides) & set(self.networks) else tuple(sides)
        if len(ladder) < 2:
            reason = "needs networks of two depths that differ in nothing else"
            yield Finding("deeper − shallower", "not run", self.task, reason=reason)
        for shallow, deep in pairwise(ladder):
            lacking = [label for label in (deep, shallow) if label not in sides]
            if lacking:
                found = missing(" and ".join(lacking), self, evidence)
                yield replace(found, subject=f"{deep} − {shallow}")
            else:
                yield from over_scope(sides[deep], sides[shallow], self, evidence)

    def _family(self, evidence: Evidence) -> dict[str, Side]:
        """Networks like the one of `column` but for M, R and the training seed, shallow first."""
        base = evidence.record(evidence.results.method_of(self.column, self.task))
        trained = evidence.trained(self.task)
        if base not in trained or not base.memnet:
            return {}
        alike = _but_for_depth(base)
        family = [(r.memnet, r) for r in trained if r.memnet and _but_for_depth(r) == alike]
        methods: dict[str, dict[int | None, str]] = {}
        for network, record in sorted(family, key=lambda pair: pair[0].depth):
            methods.setdefault(network.name, {})[record.seed] = record.method
        return {name: Side(name, found) for name, found in methods.items()}


class OneNetworkPerTask(Scope):
    """One and the same network restores every level: it is above its input at each."""

    kind: Literal["one_network_per_task"] = "one_network_per_task"
    column: Column

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and level."""
        try:
            side = evidence.side(self.column, self.task)
        except MissingError:
            yield missing(self.column, self, evidence)
            return
        record = evidence.record(next(iter(side.methods.values())))
        learned = record and record.training_set
        taught = learned.levels if learned else self.levels
        if record is None or record.network is None or not set(self.levels) <= set(taught):
            names = listed([level_title(self.task, level) for level in self.levels])
            reason = f"needs one network for {names}"
            yield Finding(self.column, "not run", self.task, reason=reason)
            return
        degraded = Side(INPUT_TITLES[self.task], {None: INPUT})
        yield from over_scope(side, degraded, self, evidence)


def _but_for_depth(record: RunRecord) -> tuple[Any, ...]:
    assert record.memnet is not None and record.experiment is not None
    same_size = {"num_memory_blocks": 1, "num_recursions": 1}
    return (
        record.memnet.model_copy(update=same_size),
        record.experiment.model_copy(update={"network": "", "seed": 0}),
        record.recipe,
        record.training_set,
    )
