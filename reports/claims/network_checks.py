"""Checks of claims about what networks are made of, and about how they train."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from memnet.published.cells import PublishedValue
from reports.claims.evidence import Evidence, MissingError
from reports.claims.verdicts import Finding, Verdict
from reports.networks import depth_of
from reports.wording import task_words, thousands

NETWORKS = 2  # the table that says what each network is made of


@dataclass(frozen=True)
class Depth:
    """The network of `column` is M6R6 (or as named), has `depth` convolutions and is the deepest.

    The depths that it is compared with are those of Table 2.
    """

    column: str
    task: str
    network: str
    depth: int
    deeper_than: tuple[str, ...]

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            run = _network(self.column, self.task, self.network, evidence)
            others = [_fact(column, "depth", evidence) for column in self.deeper_than]
        except MissingError as error:
            yield Finding("depth", "not run", self.task, reason=f"needs {error}")
            return
        depth = int(depth_of(run))
        deepest = all(depth > int(str(other.value)) for other in others)
        yield Finding(
            f"depth, against {', '.join(f'{o.value}' for o in others)} of the others",
            "reproduced" if depth == self.depth and deepest else "not reproduced",
            self.task,
            measured=depth,
            unit="convolutions",
            methods=run["method"],
        )


@dataclass(frozen=True)
class Parameters:
    """The network of `column` has as many convolution weights as Table 2 prints for it."""

    column: str
    task: str
    network: str

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            run = _network(self.column, self.task, self.network, evidence)
            published = _fact(self.column, "parameters", evidence).value
        except MissingError as error:
            yield Finding("weights", "not run", self.task, reason=f"needs {error}")
            return
        weights = run["num_conv_weights"]
        yield Finding(
            f"weights, against {published} in Table {NETWORKS}",
            "reproduced" if thousands(weights) == published else "not reproduced",
            self.task,
            measured=weights,
            unit="weights",
            methods=run["method"],
        )


@dataclass(frozen=True)
class OneWeightPerMap:
    """The gates have one weight for each input and output map, whatever the size of an image.

    Counted as what the network has beside its 3x3 convolutions: two at its ends, and two in each
    memory block, which all of the block's recursions share.
    """

    column: str
    tasks: tuple[str, ...]

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each task."""
        for task in self.tasks:
            try:
                run = _network(self.column, task, None, evidence)
                gates = evidence.report.gate_norms.get(run["method"])
                if gates is None:
                    raise MissingError(f"the gates of {run['method']}")
            except MissingError as error:
                yield Finding("weights of the gates", "not run", task, reason=f"needs {error}")
                continue
            width = gates.num_features
            convolutions = 9 * width * 2 + 9 * width**2 * 2 * len(gates.norms)
            weights = run["num_conv_weights"] - convolutions
            expected = width * sum(len(norms) for norms in gates.norms)
            yield Finding(
                f"weights of the gates, against {expected:,} pairs of maps",
                "reproduced" if weights == expected else "not reproduced",
                task,
                measured=weights,
                unit="weights",
                methods=run["method"],
            )


@dataclass(frozen=True)
class OneArchitecture:
    """The column has the same network for every task."""

    column: str
    tasks: tuple[str, ...]

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            runs = [_network(self.column, task, None, evidence) for task in self.tasks]
        except MissingError as error:
            yield Finding("one architecture", "not run", reason=f"needs {error}")
            return
        different = {str(sorted(run["network"].items())) for run in runs}
        yield Finding(
            f"architectures for {len(runs)} tasks",
            "reproduced" if len(different) == 1 else "not reproduced",
            measured=len(different),
            unit="architecture" if len(different) == 1 else "architectures",
            methods=", ".join(run["method"] for run in runs),
        )


@dataclass(frozen=True)
class Converges:
    """MemNet without multi-supervision learns its task and does not lose it again.

    That is: every loss is finite, the last validation is above its degraded input, and no more
    than the tolerance `convergence` below the best one.
    """

    task: str

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each such network."""
        runs = [run for run in evidence.trained(self.task) if run["network_kind"] == "memnet"]
        basic = [run for run in runs if not run["network"]["multi_supervised"]]
        if not basic:
            reason = "needs a MemNet without multi-supervision"
            yield Finding("gain over the degraded input", "not run", self.task, reason=reason)
        for run in basic:
            yield self._finding(run, evidence)

    def _finding(self, run: Mapping[str, Any], evidence: Evidence) -> Finding:
        subject, method, rules = "gain on held-out images at the end", run["method"], evidence.rules
        history = evidence.report.histories.get(method)
        measured = None if history is None else history.dropna(subset=["validation_psnr"])
        if history is None or measured is None or measured.empty:
            reason = f"needs held-out images in the training of {method}"
            return Finding(subject, "not run", self.task, methods=method, reason=reason)
        gains = measured["validation_psnr"] - measured["validation_input_psnr"]
        gain, lost = float(gains.iloc[-1]), float(gains.max() - gains.iloc[-1])
        verdict: Verdict = "reproduced" if lost <= rules.convergence else "undecided"
        if gain < rules.smallest_gain or not np.isfinite(history["loss"]).all():
            verdict = "not reproduced"
        return Finding(
            subject,
            verdict,
            self.task,
            measured=gain,
            seeds=(run["experiment"]["seed"],),
            methods=f"{evidence.results.budget_of(method)} of {method}",
            reason=None if lost <= rules.convergence else f"ended {lost:.2f} dB below its best",
        )


def _network(column: str, task: str, name: str | None, evidence: Evidence) -> Mapping[str, Any]:
    """Run of a column's MemNet, which must be the one named "M6R6" where a name is given.

    Raises
    ------
    MissingError : there is none, or it is another
    """
    method = evidence.results.method_of(column, task)
    run = evidence.run(method or "")
    if run.get("network_kind") != "memnet":
        raise MissingError(f"{column} for {task_words(task)}")
    network = run["network"]
    found = f"M{network['num_memory_blocks']}R{network['num_recursions']}"
    if name not in (None, found):
        raise MissingError(f"{name}; {run['method']} is {found}, {depth_of(run)} convolutions")
    return run


def _fact(column: str, name: str, evidence: Evidence) -> PublishedValue:
    """Published entry of Table 2 that a verdict may rest on.

    Raises
    ------
    MissingError : it is not known, or from memory alone
    """
    for row in evidence.published.tables[NETWORKS].rows:
        if row.method == column and not (fact := row.facts[name]).recalled:
            return fact
    raise MissingError(f"the {name} of {column}, which no source confirms")
