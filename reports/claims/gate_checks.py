"""Checks of claims about what the gates have learned, from the norms of their weights (Fig. 5)."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memnet.schema import Section
from reports.claims.evidence import Evidence, MissingError
from reports.claims.scope import Column, Tasks
from reports.claims.verdicts import Finding, margin_verdict
from reports.pages.figures import GROUPS, group_means
from reports.pages.model import GateNorms
from reports.pages.wording import listed, task_words

LONG_TERM, SHORT_TERM, LAST = GROUPS


class _Gates(NamedTuple):
    """Gates of one network."""

    task: str
    method: str
    seeds: tuple[int, ...]
    norms: GateNorms


class GateLastRecursionLargest(Section):
    """In every gate, the last recursion has a larger mean norm than each other group."""

    kind: Literal["gate_last_recursion_largest"] = "gate_last_recursion_largest"
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each network."""

        def margins(gates: GateNorms) -> list[float]:
            blocks, others = group_means(gates), (LONG_TERM, SHORT_TERM)
            return [_margin(means[LAST], means[group]) for means in blocks for group in others]

        subject = "last recursion above each other group, smallest margin"
        return _margins_of(subject, margins, self, evidence)


class GateLongTermOverShortTerm(Section):
    """In the later half of the blocks, long-term memory outweighs recursions 1 to R−1."""

    kind: Literal["gate_long_term_over_short_term"] = "gate_long_term_over_short_term"
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each network."""

        def margins(gates: GateNorms) -> list[float]:
            blocks = group_means(gates)
            late = blocks[len(blocks) // 2 :]
            return [_margin(means[LONG_TERM], means[SHORT_TERM]) for means in late]

        subject = "late blocks: long-term above earlier recursions, smallest margin"
        return _margins_of(subject, margins, self, evidence)


class GateShrinks(Section):
    """From each block to the next, the mean (or the variance) of a gate's norms becomes smaller."""

    kind: Literal["gate_shrinks"] = "gate_shrinks"
    statistic: Literal["mean", "variance"]
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each network."""
        measure: Callable[[NDArray[np.floating]], np.floating]
        measure = np.mean if self.statistic == "mean" else np.var

        def margins(gates: GateNorms) -> list[float]:
            values = [float(measure(norms)) for norms in gates.norms]
            return [_margin(before, after) for before, after in pairwise(values)]

        subject = f"{self.statistic} of the norms, smallest fall from a block to the next"
        return _margins_of(subject, margins, self, evidence)


class GateTasksDiffer(Section):
    """Gates of different tasks differ by more than those of two trainings of one task.

    Maps have no order that two trainings would share, so that group means are compared: the
    distance of two networks is the largest difference of a group mean, in parts of the largest
    norm of each.
    """

    kind: Literal["gate_tasks_differ"] = "gate_tasks_differ"
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        subject = "distance of two tasks, above that of two training seeds"
        found = list(_gates(self.column, self.tasks, evidence))
        gates = [entry for entry in found if isinstance(entry, _Gates)]
        if lacking := [entry for entry in found if isinstance(entry, str)]:
            yield Finding(subject, "not run", reason=f"needs {listed(lacking)}")
            return
        distances: dict[bool, list[float]] = {True: [], False: []}
        for a, b in combinations(gates, 2):
            vectors = [_group_vector(entry.norms) for entry in (a, b)]
            if vectors[0].shape != vectors[1].shape:
                reason = "needs the same network for every task"
                yield Finding(subject, "not run", reason=reason)
                return
            distances[a.task == b.task].append(float(np.abs(vectors[0] - vectors[1]).max()))
        if not distances[True]:
            reason = "needs two training seeds of one task, to tell tasks from seeds"
            yield Finding(subject, "not run", reason=reason)
            return
        margin = _margin(min(distances[False]), max(distances[True]))
        verdict = margin_verdict([margin], evidence.rules.gate_margin)
        methods = ", ".join(entry.method for entry in gates)
        yield Finding(subject, verdict, measured=100 * margin, unit="%", methods=methods)


def _margins_of(
    subject: str,
    margins: Callable[[GateNorms], list[float]],
    check: GateLastRecursionLargest | GateLongTermOverShortTerm | GateShrinks,
    evidence: Evidence,
) -> Iterator[Finding]:
    """One finding for each network: the smallest of its relative margins, and how many are > 0."""
    for entry in _gates(check.column, check.tasks, evidence):
        if isinstance(entry, str):
            yield Finding(subject, "not run", reason=f"needs {entry}")
            continue
        task, method, seeds, norms = entry
        found = margins(norms)
        if not found:
            yield Finding(subject, "not run", task, reason="needs two memory blocks")
            continue
        yield Finding(
            subject,
            margin_verdict(found, evidence.rules.gate_margin),
            task,
            measured=100 * min(found),
            unit="%",
            seeds=seeds,
            methods=f"{method}: {sum(m > 0 for m in found)} of {len(found)} margins above 0",
        )


def _gates(column: str, tasks: tuple[str, ...], evidence: Evidence) -> Iterator[_Gates | str]:
    """Gates of each task's network by every training seed, or what is needed for them."""
    for task in tasks:
        needed = f"{column} for {task_words(task)}"
        try:
            methods = evidence.side(column, task).methods
        except MissingError:
            yield needed
            continue
        for seed, method in methods.items():
            norms = evidence.report.gate_norms.get(method)
            if norms is None:
                yield needed
            elif not (norms.long_term and norms.short_term and norms.num_recursions > 1):
                yield f"{needed} with long-term and short-term connections"
            else:
                yield _Gates(task, method, () if seed is None else (seed,), norms)


def _group_vector(gates: GateNorms) -> NDArray[np.floating]:
    return np.array([list(means.values()) for means in group_means(gates)])


def _margin(larger: float, smaller: float) -> float:
    """How much `larger` is above `smaller`, in parts of the larger of the two; in [-1, 1]."""
    return (larger - smaller) / (max(larger, smaller) or 1.0)
