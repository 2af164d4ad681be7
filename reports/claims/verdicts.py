"""What can be said of a claim, what decides it, and one thing that was measured for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from memnet.params import Claims

ClaimVerdict = Literal["reproduced", "not reproduced", "undecided", "not run", "nothing to check"]
VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)


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
    verdict: ClaimVerdict
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


def gain_verdict(low: float, high: float, smallest_gain: float) -> ClaimVerdict:
    """ClaimVerdict on "A is better than B" from the interval of A − B.

    First, an interval that ends below `smallest_gain` says that there is no gain worth the name:
    not reproduced. Else one that lies above 0 says reproduced. Else both are possible.
    """
    if high < smallest_gain:
        return "not reproduced"
    return "reproduced" if low > 0 else "undecided"


def margin_verdict(margins: Collection[float], tolerance: float) -> ClaimVerdict:
    """ClaimVerdict on "in every case A is larger than B" from the relative margins of A over B.

    Reproduced if each exceeds `tolerance`, not reproduced if one lies below -`tolerance`.
    """
    if min(margins) < -tolerance:
        return "not reproduced"
    return "reproduced" if min(margins) > tolerance else "undecided"


def combined(verdicts: Iterable[ClaimVerdict]) -> ClaimVerdict:
    """ClaimVerdict on a claim from those of its findings.

    A claim is a claim about every case: one that contradicts it is enough, and without one, a case
    that was not run leaves it open.
    """
    found = set(verdicts)
    order: tuple[ClaimVerdict, ...] = ("not reproduced", "not run", "undecided", "reproduced")
    return next((verdict for verdict in order if verdict in found), "nothing to check")


def paired_interval(differences: NDArray[np.floating], rules: Claims) -> tuple[float, float]:
    """Percentile interval of the mean of paired differences, by the bootstrap.

    Parameters
    ----------
    differences : (training seeds, images), A − B in dB of the same image by networks of the same
        training seed
    rules : number of resamples, share of them inside the interval, seed of the draws

    Returns
    -------
    Lower and upper end in dB; the same for the same input, whatever was computed before.

    Notes
    -----
    Images are drawn with replacement; where there are several training seeds, they are drawn too,
    independently, and every seed keeps the images that were drawn: images differ far more than
    seeds, so that drawing single values would take seeds for further images. With one training
    seed the interval speaks of other images alone, and not of another training. With very few
    images or seeds it is too narrow, as every bootstrap of its kind.
    """
    num_seeds, num_images = differences.shape
    rng = np.random.default_rng(rules.seed)
    images = rng.integers(num_images, size=(rules.resamples, num_images))
    seeds = rng.integers(num_seeds, size=(rules.resamples, num_seeds))
    means = np.zeros(rules.resamples)
    for seed, row in enumerate(differences):
        means += (seeds == seed).mean(axis=1) * row[images].mean(axis=1)
    tail = (1 - rules.confidence) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)
