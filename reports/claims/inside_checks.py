"""Checks of claims about what the blocks of a network predict: PSNR (Fig. 6), spectra (Fig. 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from memnet.schema import Section, TaskName
from reports.claims.evidence import Evidence, MissingError, Side, common_seeds
from reports.claims.scope import Column, Texts
from reports.claims.verdicts import Bar, Finding

BANDS = {"all": (0.0, 1.0), "middle": (1 / 3, 2 / 3), "high": (2 / 3, 1.0)}
"""Parts of the frequencies from 0 to half a cycle a pixel; the paper gives no bounds."""

Block = Literal["early", "last"]
Probe = Mapping[str, Any]


class PredictionsGrow(Section):
    """The prediction of each block has a higher PSNR than that of the block before."""

    kind: Literal["predictions_grow"] = "predictions_grow"
    column: Column
    task: TaskName
    datasets: Texts

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and level: the smallest step from a block to the next."""
        subject = "smallest step from a block's prediction to the next"
        try:
            side = evidence.best(self.column, self.task)
            found = _probes(self.column, [side], list(side.methods), self.datasets, evidence)
        except MissingError as error:
            yield Finding(subject, "not run", self.task, reason=f"needs {error}")
            return
        gain = evidence.rules.smallest_gain
        for (dataset, other_images), by_seed in found.items():
            first = by_seed[0][0]
            for level in first["levels"]:
                steps = [_smallest_step(probe["levels"][level]["psnr"][:-1]) for [probe] in by_seed]
                finding = Finding(
                    subject, "not run", self.task, dataset, int(level),
                    num_images=first["num_images"],
                    methods=evidence.spent(side, list(side.methods)),
                )  # fmt: skip
                bar = Bar(holds=gain, fails=-gain)
                yield evidence.settled(finding, steps, bar, side, other_images=other_images)


class SpectrumCompared(Section):
    """In a band, `block` of `column` has more power than `than_block` of `than`, or as much.

    "early" is the block two thirds of the way, as the 4th of 6 in the paper. The spectra are those
    of one image at the hardest level; `relation` "same" asks for a difference within the tolerance
    `spectrum_margin`.
    """

    kind: Literal["spectrum_compared"] = "spectrum_compared"
    column: Column
    block: Block
    than: Column
    than_block: Block
    band: Literal["all", "middle", "high"]
    relation: Literal["more", "same"]
    task: TaskName
    datasets: Texts

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset that both were probed on."""
        subject = (
            f"{self.column}, {self.block} block − {self.than}, {self.than_block} block, "
            f"{self.band} frequencies"
        )
        try:
            sides = [evidence.side(column, self.task) for column in (self.column, self.than)]
            if self.column == self.than:
                sides = [evidence.best(self.column, self.task)] * 2
            seeds = common_seeds(*sides)
            needed = " and ".join(dict.fromkeys([self.column, self.than]))
            found = _probes(needed, sides, seeds, self.datasets, evidence)
        except MissingError as error:
            yield Finding(subject, "not run", self.task, reason=f"needs {error}")
            return
        for (dataset, other_images), by_seed in found.items():
            first = by_seed[0][0]
            common = [
                n for n in first["levels"] if all(n in p["levels"] for r in by_seed for p in r)
            ]
            if not common:
                reason = f"needs {needed} at the same level"
                yield Finding(subject, "not run", self.task, dataset, reason=reason)
                continue
            level = common[-1]
            differences = [self._difference(ours, theirs, level) for ours, theirs in by_seed]
            spent = dict.fromkeys(evidence.spent(side, seeds) for side in sides)
            finding = Finding(
                f"{subject}, image {first['spectra_of']}", "not run", self.task, dataset,
                int(level), num_images=1, methods=" against ".join(spent),
            )  # fmt: skip
            yield self._settled(finding, differences, sides, other_images, evidence)

    def _difference(self, ours: Probe, theirs: Probe, level: str) -> float:
        """Mean difference of the two densities in the band, in dB."""
        difference = 10 * (
            _spectrum(ours, level, self.block) - _spectrum(theirs, level, self.than_block)
        )
        low, high = (int(edge * len(difference)) for edge in BANDS[self.band])
        return float(difference[low:high].mean())

    def _settled(
        self, finding: Finding, differences: list[float], sides: list[Side], other_images: bool,
        evidence: Evidence,
    ) -> Finding:  # fmt: skip
        margin = evidence.rules.spectrum_margin
        bar = Bar(holds=margin, fails=-margin)
        more = evidence.settled(finding, differences, bar, *sides, other_images=other_images)
        if self.relation == "more" or more.reason:
            return more
        low, high = (more.measured if end is None else end for end in (more.low, more.high))
        assert low is not None and high is not None
        inside, outside = -margin <= low and high <= margin, low > margin or high < -margin
        if inside:
            return replace(more, verdict="reproduced")
        return replace(more, verdict="not reproduced" if outside else "undecided")


def _probes(
    needed: str, sides: list[Side], seeds: list[int | None], datasets: Texts, evidence: Evidence
) -> dict[tuple[str, bool], list[list[Probe]]]:
    """What is known of the predictions of every side, by dataset: for each seed one of each side.

    The datasets are those named, or all others where none of these was probed; the key says which.

    Raises
    ------
    MissingError : the profile has no such network, or it has a single prediction
    """
    known = {(probe["method"], probe["dataset"]): probe for probe in evidence.report.probes}
    found: dict[str, list[list[Probe]]] = {}
    for dataset in dict.fromkeys(dataset for _, dataset in known):
        rows = [[known.get((side.of_seed(s), dataset)) for side in sides] for s in seeds]
        if all(probe is not None for row in rows for probe in row):
            found[dataset] = rows  # type: ignore[assignment]
    if not found:
        raise MissingError(f"the predictions of the blocks of {needed}")
    own = {dataset: rows for dataset, rows in found.items() if dataset in datasets}
    return {(dataset, not own): rows for dataset, rows in (own or found).items()}


def _smallest_step(psnr: list[float]) -> float:
    return min(after - before for before, after in pairwise(psnr))


def _spectrum(entry: Probe, level: str, block: Block) -> NDArray[np.floating]:
    blocks = entry["levels"][level]["spectra"][:-1]
    early = min(-(-2 * len(blocks) // 3), len(blocks) - 1)
    return np.array(blocks[-1] if block == "last" else blocks[early - 1])
