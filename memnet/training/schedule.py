"""Learning rate and batch-norm averaging as pure functions of the progress of training."""

from math import cos, pi

from memnet.params import Recipe

REWARM = 0.02  # share of the budget


def learning_rate(recipe: Recipe, base: float, *, progress: float, epoch: float) -> float:
    """Learning rate, at most `base`, when a share `progress` in [0, 1) of the budget is spent."""
    if recipe.schedule == "step":
        assert recipe.step_epochs is not None
        return float(base * 0.1 ** int(epoch / recipe.step_epochs))
    assert recipe.warmup is not None
    if progress < recipe.warmup:
        return base * (0.02 + 0.98 * progress / recipe.warmup)
    return 0.5 * base * (1 + cos(pi * (progress - recipe.warmup) / (1 - recipe.warmup)))


def after_growth(share: float) -> float:
    """Factor of the learning rate that warms up again: a network grew such a share ago."""
    return min(1.0, 0.02 + 0.98 * share / REWARM)


def running_momentum(step: int, average: float) -> float:
    """Weight of `step` (from 0) in a running mean with the decay `average`, as Caffe's BN takes it.

    Caffe sums statistics with the decay and divides by the sum of the weights, so that the mean is
    unbiased from the first step on; that is PyTorch's mean with the momentum
    (1 - a) / (1 - a^(step+1)).
    """
    return 1.0 if average == 0 else (1 - average) / (1 - average ** (step + 1))
