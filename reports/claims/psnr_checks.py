"""Checks of claims about PSNR: paired differences, image by image."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from memnet.results.rows import INPUT
from reports.claims.comparing import growth, missing, over_scope, with_enough_seeds
from reports.claims.evidence import Evidence, MissingError, Side
from reports.claims.verdicts import Finding
from reports.networks import depth_of
from reports.wording import INPUT_TITLES, level_title, listed


@dataclass(frozen=True)
class BetterThan:
    """The column `better` is above each column of `than`, on every dataset at every level."""

    better: str
    than: tuple[str, ...]
    task: str
    datasets: tuple[str, ...]
    levels: tuple[int, ...]

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


@dataclass(frozen=True)
class Order:
    """Each column is above the next one; with fewer than `min_seeds` trainings it stays open."""

    columns: tuple[str, ...]
    min_seeds: int
    task: str
    datasets: tuple[str, ...]
    levels: tuple[int, ...]

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


@dataclass(frozen=True)
class GainGrowsWithLevel:
    """The gain of `better` over `than` is larger at each level than at the one before."""

    better: str
    than: str
    task: str
    datasets: tuple[str, ...]
    levels: tuple[int, ...]

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and two neighbouring levels."""
        gain = f"{self.better} − {self.than}"
        try:
            better, other = (evidence.side(c, self.task) for c in (self.better, self.than))
        except MissingError as error:
            yield replace(missing(str(error), self, evidence), subject=gain)
            return
        yield from growth(better, other, self, evidence)


@dataclass(frozen=True)
class DeeperIsBetter:
    """Of networks that differ in M and R alone, the deeper one is above the one before.

    The networks are those named "M4R6" and so on as soon as the profile has one of them, else
    whatever depths it has.
    """

    column: str
    networks: tuple[str, ...]
    task: str
    datasets: tuple[str, ...]
    levels: tuple[int, ...]

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
        base = evidence.run(evidence.results.method_of(self.column, self.task) or "")
        memnets = [run for run in evidence.trained(self.task) if run["network_kind"] == "memnet"]
        if base not in memnets:
            return {}
        family = [run for run in memnets if _but_for_depth(run) == _but_for_depth(base)]
        methods: dict[str, dict[int | None, str]] = {}
        for run in sorted(family, key=lambda run: int(depth_of(run))):
            network = run["network"]
            name = f"M{network['num_memory_blocks']}R{network['num_recursions']}"
            methods.setdefault(name, {})[run["experiment"]["seed"]] = run["method"]
        return {name: Side(name, found) for name, found in methods.items()}


@dataclass(frozen=True)
class OneNetworkPerTask:
    """One and the same network restores every level: it is above its input at each."""

    column: str
    task: str
    datasets: tuple[str, ...]
    levels: tuple[int, ...]

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and level."""
        try:
            side = evidence.side(self.column, self.task)
        except MissingError:
            yield missing(self.column, self, evidence)
            return
        run = evidence.run(next(iter(side.methods.values())))
        taught = (run.get("training_set") or {}).get("levels", self.levels)
        if run.get("network") is None or not set(self.levels) <= set(taught):
            names = listed([level_title(self.task, level) for level in self.levels])
            reason = f"needs one network for {names}"
            yield Finding(self.column, "not run", self.task, reason=reason)
            return
        degraded = Side(INPUT_TITLES[self.task], {None: INPUT})
        yield from over_scope(side, degraded, self, evidence)


def _but_for_depth(run: Mapping[str, Any]) -> tuple[Any, ...]:
    depth, names = {"num_memory_blocks", "num_recursions"}, {"network", "seed"}
    network = {key: value for key, value in run["network"].items() if key not in depth}
    experiment = {key: value for key, value in run["experiment"].items() if key not in names}
    return network, experiment, run["recipe"], run["training_set"]
