"""Learning rate and BN momentum as pure functions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memnet.params import Recipe
from memnet.training.schedule import learning_rate, running_momentum

COMMON = {
    "weight_decay": 0.0, "bias_lr_scale": 1.0, "batch_size": 4, "patch_size": 12, "stride": 6,
    "bn_average": 0.99,
}  # fmt: skip
STEP = Recipe(optimizer="sgd", schedule="step", step_epochs=20.0, warmup=None, clip=0.01, **COMMON)
COSINE = Recipe(
    optimizer="adamw", schedule="cosine", step_epochs=None, warmup=0.1, clip=None, **COMMON
)


@pytest.mark.parametrize(
    ("epoch", "rate"),
    # Section 4 of the paper: 0.1, divided by 10 every 20 epochs.
    [(0, 0.1), (19.999, 0.1), (20, 0.01), (39.9, 0.01), (40, 0.001), (60, 0.0001)],
)
def test_steps_of_the_paper(epoch: float, rate: float) -> None:
    for progress in (0.0, 0.5, 0.99):
        got = learning_rate(STEP, 0.1, progress=progress, epoch=epoch)
        assert got == pytest.approx(rate, rel=1e-12)


def test_cosine_by_hand() -> None:
    def rate(progress: float) -> float:
        return learning_rate(COSINE, 2.0, progress=progress, epoch=7)

    assert rate(0) == pytest.approx(0.04)  # the warm-up starts at 2 %
    assert rate(0.05) == pytest.approx(2 * 0.51)
    assert rate(0.1) == pytest.approx(2)
    assert rate(0.55) == pytest.approx(1)  # half of what is left after the warm-up
    assert rate(0.1 + 0.9 / 3) == pytest.approx(2 * 0.75)  # cos 60 degrees
    assert rate(1 - 1e-9) == pytest.approx(0, abs=1e-12)


@given(a=st.floats(0, 1, exclude_max=True), b=st.floats(0, 1, exclude_max=True))
def test_cosine_rises_then_falls_and_is_never_negative(a: float, b: float) -> None:
    first, second = sorted((a, b))
    low, high = (learning_rate(COSINE, 1, progress=p, epoch=0) for p in (first, second))
    assert 0 <= low <= 1 and 0 <= high <= 1
    if second <= 0.1:
        assert low <= high
    if first >= 0.1:
        assert low >= high


def test_no_warm_up_starts_at_the_top() -> None:
    flat = COSINE.model_copy(update={"warmup": 0.0})
    assert learning_rate(flat, 0.3, progress=0, epoch=0) == pytest.approx(0.3)


@pytest.mark.parametrize("average", [0.999, 0.99, 0.5, 0.0])
def test_running_momentum_gives_caffes_running_mean(average: float) -> None:
    # Caffe's batch_norm_layer.cpp: blobs 0 and 2 decay by `average` before the new statistic and
    # 1 are added; what is used is blob 0 divided by blob 2.
    statistics = np.random.default_rng(0).normal(5, 1, 300)
    blob, factor, running = 0.0, 0.0, 123.0  # where PyTorch starts does not matter
    for step, value in enumerate(statistics):
        blob = average * blob + value
        factor = average * factor + 1
        momentum = running_momentum(step, average)
        running = (1 - momentum) * running + momentum * value
        assert running == pytest.approx(blob / factor, rel=1e-9)


def test_running_momentum_limits() -> None:
    assert running_momentum(0, 0.999) == 1
    assert running_momentum(10**6, 0.999) == pytest.approx(0.001)
    assert math.isclose(running_momentum(1, 0.999), 1 / 1.999)
