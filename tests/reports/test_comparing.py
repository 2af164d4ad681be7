"""The bootstrap against a plain loop and against the normal interval."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from memnet.params import Claims
from reports.claims.verdicts import paired_interval
from tests.reports.conftest import RULES


def ruled(**changes: Any) -> Claims:
    return RULES.model_copy(update=changes)


def plain_loop(differences: NDArray[np.float64], rules: Claims) -> tuple[float, float]:
    """The same interval, one resample after the other, with draws of its own."""
    rng = np.random.default_rng(12345)
    num_seeds, num_images = differences.shape
    means = []
    for _ in range(rules.resamples):
        total = 0.0
        images = [rng.integers(num_images) for _ in range(num_images)]
        for seed in [rng.integers(num_seeds) for _ in range(num_seeds)]:
            for image in images:
                total += differences[seed, image]
        means.append(total / (num_seeds * num_images))
    tail = 100 * (1 - rules.confidence) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


@pytest.mark.parametrize("shape", [(1, 5), (1, 14), (3, 6)])
def test_a_plain_loop_gives_the_same_interval(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    differences = 0.1 + 0.2 * rng.standard_normal(shape)
    differences += 0.1 * rng.standard_normal((shape[0], 1))
    ours = paired_interval(differences, RULES)
    # Each end is a quantile of 10,000 draws: its own error is about 3 % of the interval.
    assert ours == pytest.approx(plain_loop(differences, RULES), abs=0.04 * (ours[1] - ours[0]))


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_of_many_images_it_is_the_normal_interval(confidence: float) -> None:
    rng = np.random.default_rng(2)
    differences = 0.05 + 0.3 * rng.standard_normal((1, 200))
    quantile = {0.8: 1.2816, 0.95: 1.9600}[confidence]  # of the standard normal distribution
    error = quantile * differences.std(ddof=1) / np.sqrt(200)
    low, high = paired_interval(differences, ruled(confidence=confidence))
    assert low == pytest.approx(differences.mean() - error, abs=0.1 * error)
    assert high == pytest.approx(differences.mean() + error, abs=0.1 * error)


def test_it_depends_on_its_input_alone() -> None:
    differences = np.random.default_rng(3).standard_normal((2, 7))
    first = paired_interval(differences, RULES)
    np.random.seed(99)
    paired_interval(np.ones((1, 3)), RULES)
    assert paired_interval(differences, RULES) == first
    assert paired_interval(differences, ruled(seed=1)) != first


def test_equal_differences_have_no_width() -> None:
    low, high = paired_interval(np.full((2, 5), 0.25), RULES)
    assert low == pytest.approx(0.25, abs=1e-12)
    assert high == pytest.approx(0.25, abs=1e-12)


def test_seeds_that_disagree_widen_the_interval() -> None:
    images = np.linspace(-0.05, 0.05, 6)
    agreeing = np.stack([images + 0.1, images + 0.1])
    disagreeing = np.stack([images - 0.1, images + 0.3])
    assert paired_interval(agreeing, RULES)[0] > 0
    assert paired_interval(disagreeing, RULES)[0] < 0
