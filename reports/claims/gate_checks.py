"""Checks of claims about what the gates have learned, from the norms of their weights (Fig. 5)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Literal

import numpy as np

from memnet.schema import Section
from reports.claims.evidence import Evidence, MissingError, Side
from reports.claims.scope import Column, Tasks
from reports.claims.verdicts import Bar, Finding
from reports.pages.figures import GROUPS, group_means
from reports.pages.model import GateNorms
from reports.pages.wording import listed, task_words

LONG_TERM, SHORT_TERM, LAST = GROUPS
SUBJECTS = {
    "last_recursion": "last recursion above each other group, smallest margin",
    "long_term": "late blocks: long-term above earlier recursions, smallest margin",
    "mean": "mean of the norms, smallest fall from a block to the next",
    "variance": "variance of the norms, smallest fall from a block to the next",
}
Seeds = Mapping[int | None, GateNorms]


class GateMargin(Section):
    """Something about the gates of one network is larger than something else, in every gate.

    `margin` names what is compared:

    - "last_recursion": the mean norm of the last recursion, above that of each other group
    - "long_term": in the later half of the blocks, long-term memory above recursions 1 to R−1
    - "mean", "variance": of all norms of a gate, above that of the next gate
    """

    kind: Literal["gate_margin"] = "gate_margin"
    margin: Literal["last_recursion", "long_term", "mean", "variance"]
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """The smallest margin of each task's network, in parts of the larger of the two."""
        for task in self.tasks:
            finding = Finding(SUBJECTS[self.margin], "not run", task, unit="%")
            try:
                side, gates = _gates(self.column, task, evidence)
                found = [self._margins(norms) for norms in gates.values()]
                if not all(found):
                    raise MissingError("two memory blocks")
            except MissingError as error:
                yield replace(finding, reason=f"needs {error}")
                continue
            every = [margin for margins in found for margin in margins]
            above = f"{sum(m > 0 for m in every)} of {len(every)} margins above 0"
            finding = replace(finding, methods=f"{evidence.spent(side, list(gates))}: {above}")
            smallest = [100 * min(margins) for margins in found]
            yield evidence.settled(finding, smallest, _bar(evidence), side)

    def _margins(self, gates: GateNorms) -> list[float]:
        blocks = group_means(gates)
        if self.margin == "last_recursion":
            pairs = [(means[LAST], means[g]) for means in blocks for g in (LONG_TERM, SHORT_TERM)]
        elif self.margin == "long_term":
            late = blocks[len(blocks) // 2 :]
            pairs = [(means[LONG_TERM], means[SHORT_TERM]) for means in late]
        else:
            mean = self.margin == "mean"
            pairs = list(pairwise(float(n.mean() if mean else n.var()) for n in gates.norms))
        return [_margin(*pair) for pair in pairs]


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
        try:
            found = [_gates(self.column, task, evidence) for task in self.tasks]
            margin = _tasks_over_seeds([gates for _, gates in found])
        except MissingError as error:
            yield Finding(subject, "not run", reason=f"needs {error}")
            return
        spent = [evidence.spent(side, list(gates)) for side, gates in found]
        finding = Finding(subject, "not run", unit="%", methods=listed(spent))
        one_of_all = [100 * margin] * min(len(gates) for _, gates in found)  # of all seeds at once
        sides = [side for side, _ in found]
        judged = evidence.settled(finding, one_of_all, _bar(evidence), *sides)
        yield replace(judged, by_seed=(), low=None, high=None)


def _tasks_over_seeds(tasks: list[Seeds]) -> float:
    """Margin of the smallest distance of two tasks over the largest of two seeds of a task."""
    vectors = [
        (i, np.array([list(means.values()) for means in group_means(norms)]))
        for i, seeds in enumerate(tasks)
        for norms in seeds.values()
    ]
    distances: dict[bool, list[float]] = {True: [], False: []}
    for (i, a), (j, b) in combinations(vectors, 2):
        if a.shape != b.shape:
            raise MissingError("the same network for every task")
        distances[i == j].append(float(np.abs(a - b).max()))
    if not distances[True]:
        raise MissingError("two training seeds of one task, to tell tasks from seeds")
    return _margin(min(distances[False]), max(distances[True]))


def _gates(column: str, task: str, evidence: Evidence) -> tuple[Side, Seeds]:
    """The network of a task and its gates, by training seed; MissingError if there are none."""
    needed, known = f"{column} for {task_words(task)}", evidence.report.gate_norms
    try:
        side = evidence.best(column, task)
    except MissingError:
        raise MissingError(needed) from None
    gates = {seed: known[method] for seed, method in side.methods.items() if method in known}
    if not gates:
        raise MissingError(needed)
    if not all(n.long_term and n.short_term and n.num_recursions > 1 for n in gates.values()):
        raise MissingError(f"{needed} with long-term and short-term connections")
    return side, gates


def _bar(evidence: Evidence) -> Bar:
    percent = 100 * evidence.rules.gate_margin
    return Bar(holds=percent, fails=-percent)


def _margin(larger: float, smaller: float) -> float:
    """How much `larger` is above `smaller`, in parts of the larger of the two; in [-1, 1]."""
    return (larger - smaller) / (max(larger, smaller) or 1.0)
