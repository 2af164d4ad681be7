"""Checks of claims about what the blocks of a network predict: PSNR (Fig. 6), spectra (Fig. 4)."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from memnet.schema import Section, TaskName
from reports.claims.evidence import Evidence, MissingError
from reports.claims.scope import Column
from reports.claims.verdicts import ClaimVerdict, Finding
from reports.pages.wording import level_title

BANDS = {"all": (0.0, 1.0), "middle": (1 / 3, 2 / 3), "high": (2 / 3, 1.0)}
"""Parts of the frequencies from 0 to half a cycle a pixel; the paper gives no bounds."""

Block = Literal["early", "last"]


class PredictionsGrow(Section):
    """The prediction of each block has a higher PSNR than that of the block before."""

    kind: Literal["predictions_grow"] = "predictions_grow"
    column: Column
    task: TaskName

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset and level: the smallest step from a block to the next."""
        subject = "smallest step from a block's prediction to the next"
        try:
            found = _probes(self.column, self.task, evidence)
        except MissingError as error:
            yield Finding(subject, "not run", self.task, reason=f"needs {error}")
            return
        gain = evidence.rules.smallest_gain
        for entry in found:
            for level, values in entry["levels"].items():
                blocks = values["psnr"][:-1]
                step = min(after - before for before, after in pairwise(blocks))
                verdict: ClaimVerdict = "undecided" if step > -gain else "not reproduced"
                yield Finding(
                    subject,
                    "reproduced" if step >= gain else verdict,
                    self.task,
                    entry["dataset"],
                    int(level),
                    measured=step,
                    num_images=entry["num_images"],
                    methods=f"{entry['method']}, {len(blocks)} blocks",
                )


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

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One for each dataset that both were probed on."""
        subject = (
            f"{self.column}, {self.block} block − {self.than}, {self.than_block} block, "
            f"{self.band} frequencies"
        )
        try:
            ours = _probes(self.column, self.task, evidence)
            theirs = _probes(self.than, self.task, evidence)
        except MissingError as error:
            yield Finding(subject, "not run", self.task, reason=f"needs {error}")
            return
        pairs = [(a, b) for a in ours for b in theirs if a["benchmark"] == b["benchmark"]]
        if not pairs:
            reason = f"needs {self.column} and {self.than} on the same images"
            yield Finding(subject, "not run", self.task, reason=reason)
        for entry, other in pairs:
            level = list(entry["levels"])[-1]
            difference = 10 * (
                _spectrum(entry, level, self.block) - _spectrum(other, level, self.than_block)
            )
            low, high = (int(edge * len(difference)) for edge in BANDS[self.band])
            measured = float(difference[low:high].mean())
            yield Finding(
                subject,
                self._verdict(measured, evidence.rules.spectrum_margin),
                self.task,
                entry["dataset"],
                int(level),
                measured=measured,
                num_images=1,
                methods=" against ".join(dict.fromkeys((entry["method"], other["method"]))),
                reason=f"one image, {entry['spectra_of']}, {level_title(self.task, int(level))}",
            )

    def _verdict(self, difference: float, margin: float) -> ClaimVerdict:
        if self.relation == "same":
            return "reproduced" if abs(difference) <= margin else "not reproduced"
        if abs(difference) <= margin:
            return "undecided"
        return "reproduced" if difference > 0 else "not reproduced"


def _probes(column: str, task: str, evidence: Evidence) -> list[Mapping[str, Any]]:
    """What is known of the predictions of a column's network, a record for each benchmark.

    Raises
    ------
    MissingError : the profile has no such network, or it has a single prediction
    """
    method = evidence.results.method_of(column, task)
    found = [entry for entry in evidence.report.probes if entry["method"] == method]
    if not found:
        raise MissingError(f"the predictions of the blocks of {column}")
    return found


def _spectrum(entry: Mapping[str, Any], level: str, block: Block) -> NDArray[np.floating]:
    blocks = entry["levels"][level]["spectra"][:-1]
    early = min(-(-2 * len(blocks) // 3), len(blocks) - 1)
    return np.array(blocks[-1] if block == "last" else blocks[early - 1])
