"""Checks of claims about what networks are made of, and about how they train."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from memnet.published.cells import PublishedValue
from memnet.results.run_record import RunRecord
from memnet.schema import Section, TaskName
from reports.claims.evidence import Evidence, MissingError
from reports.claims.scope import Column, Columns, Tasks
from reports.claims.verdicts import ClaimVerdict, Finding
from reports.pages.wording import thousands

NETWORKS = 2  # the table that says what each network is made of


class Depth(Section):
    """The network of `column` is M6R6 (or as named), has `depth` convolutions and is the deepest.

    The depths that it is compared with are those of Table 2.
    """

    kind: Literal["depth"] = "depth"
    column: Column
    task: TaskName
    network: str
    depth: int
    deeper_than: Columns

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            record, network = evidence.memnet(self.column, self.task, self.network)
            others = [_fact(column, "depth", evidence) for column in self.deeper_than]
        except MissingError as error:
            yield Finding("depth", "not run", self.task, reason=f"needs {error}")
            return
        depth = network.depth
        deepest = all(depth > int(str(other.value)) for other in others)
        yield Finding(
            f"depth, against {', '.join(f'{o.value}' for o in others)} of the others",
            "reproduced" if depth == self.depth and deepest else "not reproduced",
            self.task,
            measured=depth,
            unit="convolutions",
            methods=record.method,
        )


class Parameters(Section):
    """The network of `column` has as many convolution weights as Table 2 prints for it."""

    kind: Literal["parameters"] = "parameters"
    column: Column
    task: TaskName
    network: str

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            record, _ = evidence.memnet(self.column, self.task, self.network)
            published = _fact(self.column, "parameters", evidence).value
        except MissingError as error:
            yield Finding("weights", "not run", self.task, reason=f"needs {error}")
            return
        weights = record.num_conv_weights or 0
        yield Finding(
            f"weights, against {published} in Table {NETWORKS}",
            "reproduced" if thousands(weights) == published else "not reproduced",
            self.task,
            measured=weights,
            unit="weights",
            methods=record.method,
        )


class OneWeightPerMap(Section):
    """The gates have one weight for each input and output map, whatever the size of an image.

    Counted as what the network has beside its 3x3 convolutions: two at its ends, and two in each
    memory block, which all of the block's recursions share.
    """

    kind: Literal["one_weight_per_map"] = "one_weight_per_map"
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each task."""
        for task in self.tasks:
            try:
                record, _ = evidence.memnet(self.column, task)
                gates = evidence.report.gate_norms.get(record.method)
                if gates is None:
                    raise MissingError(f"the gates of {record.method}")
            except MissingError as error:
                yield Finding("weights of the gates", "not run", task, reason=f"needs {error}")
                continue
            width = gates.num_features
            convolutions = 9 * width * 2 + 9 * width**2 * 2 * len(gates.norms)
            weights = (record.num_conv_weights or 0) - convolutions
            expected = width * sum(len(norms) for norms in gates.norms)
            yield Finding(
                f"weights of the gates, against {expected:,} pairs of maps",
                "reproduced" if weights == expected else "not reproduced",
                task,
                measured=weights,
                unit="weights",
                methods=record.method,
            )


class OneArchitecture(Section):
    """The column has the same network for every task."""

    kind: Literal["one_architecture"] = "one_architecture"
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            found = [evidence.memnet(self.column, task) for task in self.tasks]
        except MissingError as error:
            yield Finding("one architecture", "not run", reason=f"needs {error}")
            return
        different = {str(network) for _, network in found}
        yield Finding(
            f"architectures for {len(found)} tasks",
            "reproduced" if len(different) == 1 else "not reproduced",
            measured=len(different),
            unit="architecture" if len(different) == 1 else "architectures",
            methods=", ".join(record.method for record, _ in found),
        )


class Converges(Section):
    """MemNet without multi-supervision learns its task and does not lose it again.

    That is: every loss is finite, the last validation is above its degraded input, and no more
    than the tolerance `convergence` below the best one.
    """

    kind: Literal["converges"] = "converges"
    task: TaskName

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each such network."""
        basic = [
            record
            for record in evidence.trained(self.task)
            if record.memnet and not record.memnet.multi_supervised
        ]
        if not basic:
            reason = "needs a MemNet without multi-supervision"
            yield Finding("gain over the degraded input", "not run", self.task, reason=reason)
        for record in basic:
            yield self._finding(record, evidence)

    def _finding(self, record: RunRecord, evidence: Evidence) -> Finding:
        subject, method, rules = "gain on held-out images at the end", record.method, evidence.rules
        history = evidence.report.histories.get(method)
        measured = None if history is None else history.dropna(subset=["validation_psnr"])
        if history is None or measured is None or measured.empty:
            reason = f"needs held-out images in the training of {method}"
            return Finding(subject, "not run", self.task, methods=method, reason=reason)
        gains = measured["validation_psnr"] - measured["validation_input_psnr"]
        gain, lost = float(gains.iloc[-1]), float(gains.max() - gains.iloc[-1])
        verdict: ClaimVerdict = "reproduced" if lost <= rules.convergence else "undecided"
        if gain < rules.smallest_gain or not np.isfinite(history["loss"]).all():
            verdict = "not reproduced"
        return Finding(
            subject,
            verdict,
            self.task,
            measured=gain,
            seeds=(record.seed or 0,),
            methods=f"{evidence.results.budget_of(method)} of {method}",
            reason=None if lost <= rules.convergence else f"ended {lost:.2f} dB below its best",
        )


def _fact(column: str, name: str, evidence: Evidence) -> PublishedValue:
    """Published entry of Table 2 that a verdict may rest on.

    Raises
    ------
    MissingError : it is not known, or from memory alone
    """
    for row in evidence.published.tables[NETWORKS].rows:
        if row.method == column and not (fact := row.fact(name)).recalled:
            return fact
    raise MissingError(f"the {name} of {column}, which no source confirms")
