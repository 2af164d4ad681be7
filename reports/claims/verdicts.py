"""What can be said of a claim, the one rule that says it, and one thing that was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from statistics import fmean, stdev
from typing import Literal, NamedTuple, get_args

from scipy.stats import t as student_t

from memnet.params import Claims

ClaimVerdict = Literal[
    "reproduced", "not reproduced", "by construction", "undecided", "stand-in", "not run",
    "nothing to check",
]  # fmt: skip
VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)


@dataclass(frozen=True)
class Finding:
    """One thing that was measured for a claim, or the reason why it was not.

    Attributes
    ----------
    subject : what was measured, as "MemNet − VDSR"
    verdict : what it says of the claim
    task, dataset, level : where; None where the finding is about a network
    measured, unit : the number, in "dB", "%" or what is counted
    low, high : interval of `measured` over training seeds; None with fewer than two
    num_images : images that `measured` is the mean over
    by_seed : `measured` with each training seed; empty where nothing was trained here
    noise_std : standard deviation of `measured` over noise seeds, None with one
    methods : which of our methods, and what was spent on them
    reason : why there is no number, or why the number decides nothing
    """

    subject: str
    verdict: ClaimVerdict
    task: str | None = None
    dataset: str | None = None
    level: int | None = None
    measured: float | None = None
    unit: str = "dB"
    low: float | None = None
    high: float | None = None
    num_images: int | None = None
    by_seed: tuple[float, ...] = ()
    noise_std: float | None = None
    methods: str = ""
    reason: str | None = None


class Bar(NamedTuple):
    """A number that surely lies above `holds` reproduces a claim, below `fails` it does not."""

    holds: float
    fails: float


def settled(
    finding: Finding, values: Sequence[float], bar: Bar, rules: Claims, *, trained: bool,
    stand_in: str,
) -> Finding:  # fmt: skip
    """`finding` with its number and its verdict, by the one rule for all measured numbers.

    `values` has a number for each training seed, or a single one if nothing was `trained` here.
    `stand_in` says in what the measurement differs from the claim; it is empty if in nothing.
    """
    if not all(map(isfinite, values)):
        return replace(finding, verdict="not run", reason="needs a finite number")
    mean = fmean(values)
    low, high = seed_interval(values, rules.confidence)
    shown = replace(finding, measured=mean, by_seed=tuple(values) if trained else ())
    if trained and len(values) > 1:
        shown = replace(shown, low=low, high=high)
    if stand_in:
        return replace(shown, verdict="stand-in", reason=stand_in)
    if trained and len(values) < rules.min_seeds:
        few = f"{len(values)} seed{'' if len(values) == 1 else 's'}, needs {rules.min_seeds}"
        return replace(shown, verdict="undecided", reason=few)
    if high < bar.fails:
        return replace(shown, verdict="not reproduced")
    return replace(shown, verdict="reproduced" if low > bar.holds else "undecided")


def seed_interval(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """Student's interval of the mean over training seeds; a single value has no width."""
    mean, count = fmean(values), len(values)
    if count < 2:
        return mean, mean
    half = float(student_t.ppf((1 + confidence) / 2, count - 1)) * stdev(values) / sqrt(count)
    return mean - half, mean + half


def combined(verdicts: Iterable[ClaimVerdict]) -> ClaimVerdict:
    """Verdict on a claim from those of its findings.

    A claim is a claim about every case: one that contradicts it is enough, and without one, a case
    that was not run or not decided leaves it open.
    """
    found = set(verdicts)
    order: tuple[ClaimVerdict, ...] = (
        "not reproduced", "not run", "undecided", "stand-in", "reproduced", "by construction",
    )  # fmt: skip
    return next((verdict for verdict in order if verdict in found), "nothing to check")
