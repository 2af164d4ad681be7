"""The bootstrap: how far a mean difference over a few images can be trusted."""

import numpy as np
from numpy.typing import NDArray

from reports.claims.verdicts import Rules


def paired_interval(differences: NDArray[np.floating], rules: Rules) -> tuple[float, float]:
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
