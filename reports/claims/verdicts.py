"""What can be said of a claim, the rules that say it, and one thing that was measured for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["reproduced", "not reproduced", "undecided", "not run", "nothing to check"]
VERDICTS: tuple[Verdict, ...] = (
    "reproduced", "not reproduced", "undecided", "not run", "nothing to check",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What is settled before anything is measured: the section `claims` of params.yaml.

    Attributes
    ----------
    smallest_gain : PSNR in dB; a difference that is surely smaller counts as none
    min_images : with fewer, no interval is given and nothing is decided
    resamples, confidence, seed : of the bootstrap, see `paired_interval`
    gate_margin : part of the larger of two norms by which they must differ, in (0, 1)
    convergence : PSNR in dB by which a training may end below its own best validation
    spectrum_margin : difference in dB of the mean density of a band that counts as none
    """

    smallest_gain: float
    min_images: int
    resamples: int
    confidence: float
    seed: int
    gate_margin: float
    convergence: float
    spectrum_margin: float


@dataclass(frozen=True)
class Finding:
    """One thing that was measured for a claim, or the reason why it was not.

    Attributes
    ----------
    subject : what was measured, as "MemNet − VDSR"
    verdict : what it says of the claim
    task, dataset, level : where; None where the finding is about a network
    own : whether the claim names other images, so that the verdict is not one on the paper's
    measured, unit : the number, in "dB", "%" or what is counted
    low, high : interval of `measured`; None where there is none
    num_images : images that `measured` is the mean over
    seeds, by_seed : training seeds, and `measured` with each of them
    noise_std : standard deviation of `measured` over noise seeds, None with one
    methods : which of our methods, and what was spent on them
    reason : why there is no number, or why the number decides nothing
    """

    subject: str
    verdict: Verdict
    task: str | None = None
    dataset: str | None = None
    level: int | None = None
    own: bool = False
    measured: float | None = None
    unit: str = "dB"
    low: float | None = None
    high: float | None = None
    num_images: int | None = None
    seeds: tuple[int, ...] = ()
    by_seed: tuple[float, ...] = ()
    noise_std: float | None = None
    methods: str = ""
    reason: str | None = None


def gain_verdict(low: float, high: float, smallest_gain: float) -> Verdict:
    """Verdict on "A is better than B" from the interval of A − B.

    First, an interval that ends below `smallest_gain` says that there is no gain worth the name:
    not reproduced. Else one that lies above 0 says reproduced. Else both are possible.
    """
    if high < smallest_gain:
        return "not reproduced"
    return "reproduced" if low > 0 else "undecided"


def margin_verdict(margins: Collection[float], tolerance: float) -> Verdict:
    """Verdict on "in every case A is larger than B" from the relative margins of A over B.

    Reproduced if each exceeds `tolerance`, not reproduced if one lies below -`tolerance`.
    """
    if min(margins) < -tolerance:
        return "not reproduced"
    return "reproduced" if min(margins) > tolerance else "undecided"


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """Verdict on a claim from those of its findings.

    A claim is a claim about every case: one that contradicts it is enough, and without one, a case
    that was not run leaves it open.
    """
    found = set(verdicts)
    order: tuple[Verdict, ...] = ("not reproduced", "not run", "undecided", "reproduced")
    return next((verdict for verdict in order if verdict in found), "nothing to check")
