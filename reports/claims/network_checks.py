"""Checks of claims that hold by construction, and of how a network trains."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np

from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.models.network import num_conv_weights
from memnet.published.cells import PublishedValue
from memnet.schema import Section, TaskName
from reports.claims.evidence import Evidence, MissingError
from reports.claims.scope import Column, Columns, Tasks
from reports.claims.verdicts import Bar, ClaimVerdict, Finding
from reports.pages.wording import listed, task_words, thousands

NETWORKS = 2  # the table that says what each network is made of


class ByConstruction(Section):
    """A fact of M6R6 as it is built here, trained or not, against Table 2.

    - "depth": it has `depth` convolutions, more than each network of `than`
    - "weights": it has as many convolution weights as `than` (one column)
    - "gates": its gates have one weight for each pair of maps, whatever the size of an image
    """

    kind: Literal["by_construction"] = "by_construction"
    fact: Literal["depth", "weights", "gates"]
    depth: int | None = None
    than: Columns | None = None

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        try:
            yield getattr(self, f"_{self.fact}")(evidence)
        except MissingError as error:
            yield Finding(self.fact, "not run", reason=f"needs {error}")

    def _depth(self, evidence: Evidence) -> Finding:
        others = [int(str(_fact(c, "depth", evidence).value)) for c in self.than or ()]
        depth = MemNetConfig().depth
        subject = f"depth, against {listed([str(o) for o in others])} of {listed(self.than or ())}"
        return _built(subject, depth, "convolutions", depth == self.depth and depth > max(others))

    def _weights(self, evidence: Evidence) -> Finding:
        published = _fact((self.than or ("",))[0], "parameters", evidence).value
        weights = num_conv_weights(_m6r6())
        subject = f"weights, against {published} in Table {NETWORKS}"
        return _built(subject, weights, "weights", thousands(weights) == published)

    def _gates(self, _: Evidence) -> Finding:
        network, size = _m6r6(), MemNetConfig()
        norms = [len(maps) for maps in network.gate_weight_norms()]  # one for each input map
        pairs = size.num_features * sum(norms)
        convolutions = 9 * size.num_features * (2 + 2 * size.num_features * len(norms))
        weights = num_conv_weights(network) - convolutions  # 3x3: two ends, two in each block
        subject = f"weights of the gates, against {pairs:,} pairs of maps"
        return _built(subject, weights, "weights", weights == pairs)


class OneArchitecture(Section):
    """The column has the same network for every task."""

    kind: Literal["one_architecture"] = "one_architecture"
    column: Column
    tasks: Tasks

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One in all."""
        networks = {}
        for task in self.tasks:
            record = evidence.record(evidence.results.method_of(self.column, task) or "")
            if record is None or record.memnet is None:
                reason = f"needs {self.column} for {task_words(task)}"
                yield Finding("one architecture", "not run", reason=reason)
                return
            start = {"initialization": MemNetConfig().initialization}
            networks[record.method] = str(record.memnet.model_copy(update=start))
        different = len(set(networks.values()))
        yield Finding(
            f"architectures for {len(self.tasks)} tasks",
            "by construction" if different == 1 else "stand-in",
            measured=different,
            unit="architecture" if different == 1 else "architectures",
            methods=", ".join(networks),
            reason=None if different == 1 else "the profile has several sizes",
        )


class Converges(Section):
    """MemNet without multi-supervision learns its task and does not lose it again.

    That is: every loss is finite, the last validation is above its degraded input, and no more
    than the tolerance `convergence` below the best one.
    """

    kind: Literal["converges"] = "converges"
    task: TaskName

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One, of the network that was trained on most pixels, the published size first."""
        finding = Finding("gain on held-out images at the end", "not run", self.task)
        try:
            yield self._judged(finding, evidence)
        except MissingError as error:
            yield replace(finding, reason=f"needs {error}")

    def _judged(self, finding: Finding, evidence: Evidence) -> Finding:
        every = evidence.trained(self.task)
        basic = [r for r in every if r.memnet and not r.memnet.multi_supervised]
        if not basic:
            raise MissingError("a MemNet without multi-supervision")
        best = evidence.fittest("MemNet", basic).method
        side = evidence.repetitions(best, best, self.task)
        rules, gains, lost, finite = evidence.rules, [], 0.0, True
        for method in side.methods.values():
            history = evidence.report.histories.get(method)
            measured = None if history is None else history.dropna(subset=["validation_psnr"])
            if history is None or measured is None or measured.empty:
                raise MissingError(f"held-out images in the training of {method}")
            curve = measured["validation_psnr"] - measured["validation_input_psnr"]
            gains.append(float(curve.iloc[-1]))
            lost = max(lost, float(curve.max() - curve.iloc[-1]))
            finite = finite and bool(np.isfinite(history["loss"]).all())
        finding = replace(finding, methods=evidence.spent(side, list(side.methods)))
        bar = Bar(holds=rules.smallest_gain, fails=rules.smallest_gain)
        found = evidence.settled(finding, gains, bar, side)
        if not finite and found.verdict in ("reproduced", "undecided"):
            return replace(found, verdict="not reproduced", reason="its loss was not finite")
        if lost > rules.convergence and found.verdict == "reproduced":
            reason = f"ended {lost:.2f} dB below its best"
            return replace(found, verdict="undecided", reason=reason)
        return found


@cache
def _m6r6() -> MemNet:
    return MemNet(MemNetConfig())


def _built(subject: str, measured: int, unit: str, holds: bool) -> Finding:
    verdict: ClaimVerdict = "by construction" if holds else "not reproduced"
    return Finding(subject, verdict, measured=measured, unit=unit, methods=MemNetConfig().name)


def _fact(column: str, name: str, evidence: Evidence) -> PublishedValue:
    """An entry of Table 2 that a source confirms; MissingError if there is none."""
    for row in evidence.published.tables[NETWORKS].rows:
        if row.method == column:
            fact: PublishedValue = getattr(row, name)
            if not fact.recalled:
                return fact
    raise MissingError(f"the {name} of {column}, which no source confirms")
