"""What a budget buys: the PSNR that trainings of several networks reach, and a curve through it.

docs/frontier.md explains it; profile `frontier` makes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.errors import InputError

FRONTIER = Path("docs/frontier.csv")
UNIT = 1e13  # operations, to which the curve's scale belongs
SEED_NOISE = 0.05
"""Standard deviation (dB) of the gain between seeds, rounded up from 0.045 (docs/recipes.md)."""
DRAWS = 1000
EXPONENTS = np.linspace(0.02, 1, 99)
_WORDS = ["method", "name", "network", "kind"]


class Point(NamedTuple):
    """One training: what it was given, what it spent, and what it reached.

    `budget` and `operations` are those asked for and spent. `gain` is the PSNR (dB) of the held-out
    training images over that of their degraded inputs, mean of all levels; `set5` that of Set5 at
    x2 (dB), NaN where it was not scored. `name` says in words what `network` is; that and `method`,
    the experiment, stand in params/frontier.yaml.
    """

    method: str
    name: str
    network: str
    kind: str
    learning_rate: float
    seed: float
    budget: float
    operations: float
    minutes: float
    gain: float
    set5: float


class Curve(NamedTuple):
    """PSNR = limit - scale * (operations / 1e13) ** -exponent, with 95 % intervals.

    `refits` are the same three numbers fitted to values that noise of training moved, (N, 3).
    """

    limit: float
    scale: float
    exponent: float
    refits: NDArray[np.float64]

    def at(self, operations: float) -> tuple[float, float, float]:
        """PSNR for so many operations, and the ends of its interval."""
        values = _value(self.refits, operations)
        low, high = (float(end) for end in np.quantile(values, (0.025, 0.975)))
        return float(_value(np.array(self[:3]), operations)), low, high


def read_frontier(path: Path = FRONTIER) -> tuple[Point, ...]:
    """Points of a CSV; InputError if it is missing or is none."""
    try:
        table = pd.read_csv(path)[list(Point._fields)]
        numbers = table.drop(columns=_WORDS).astype(float)
        if not (np.isfinite(numbers.gain) & (numbers.budget > 0) & (numbers.operations > 0)).all():
            raise ValueError("a gain or a budget is no number")
        rows = table[_WORDS].astype(str).join(numbers).itertuples(index=False)
        return tuple(Point(*row) for row in rows)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path} is missing or damaged ({reason}): run this in the project's folder, and "
            f"`git checkout {path}`"
        ) from None


def averaged(points: Iterable[Point]) -> dict[tuple[str, float], Point]:
    """By network and budget, its seeds as one point, their mean; of several rates the best."""
    groups: dict[tuple[str, float, float], list[Point]] = {}
    for point in points:
        key = point.network, point.budget, point.learning_rate
        groups.setdefault(key, []).append(point)
    found: dict[tuple[str, float], Point] = {}
    for (network, budget, _), seeds in sorted(groups.items()):
        gain, set5 = (fmean(getattr(p, field) for p in seeds) for field in ("gain", "set5"))
        if (network, budget) not in found or gain > found[network, budget].gain:
            found[network, budget] = seeds[0]._replace(gain=gain, set5=set5)
    return found


def best_by_budget(points: Iterable[Point]) -> dict[float, Point]:
    """The MemNet that gains most, by budget."""
    found: dict[float, Point] = {}
    memnets = (point for point in points if point.kind == "memnet")
    for (_, budget), point in averaged(memnets).items():
        if budget not in found or point.gain > found[budget].gain:
            found[budget] = point
    return dict(sorted(found.items()))


def fitted(operations: Sequence[float], psnr: Sequence[float]) -> Curve | None:
    """The curve nearest to the given values (dB) by least squares; None for fewer than four.

    Its interval is that of refits to values moved at random, by what the curve misses them or by
    the noise of a seed, whichever is larger.
    """
    if len(operations) < 4:
        return None
    costs, values = np.array(operations) / UNIT, np.array(psnr)
    (best,) = _fits(costs, values[None])
    missed = ((_value(best, np.array(operations)) - values) ** 2).sum() / (len(values) - len(best))
    noise = np.random.default_rng(0).normal(0, max(missed**0.5, SEED_NOISE), (DRAWS, len(values)))
    limit, scale, exponent = best.tolist()
    return Curve(limit, scale, exponent, _fits(costs, values + noise))


def _fits(costs: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Limit, scale and exponent (N, 3) for each row of values (N, P): linear but for the last.

    Values that do not rise have a constant for their curve, with scale 0.
    """
    mean = values.mean(axis=1)
    found = np.column_stack([mean, np.zeros_like(mean), np.ones_like(mean)])
    least = ((values - mean[:, None]) ** 2).sum(axis=1)
    for exponent in EXPONENTS:
        basis = np.stack([np.ones_like(costs), -(costs**-exponent)], axis=1)
        solved = values @ np.linalg.pinv(basis).T
        error = ((solved @ basis.T - values) ** 2).sum(axis=1)
        better = (error < least) & (solved[:, 1] >= 0)
        least[better] = error[better]
        found[better] = np.column_stack([solved, np.full(len(solved), exponent)])[better]
    return found


def _value(curves: NDArray[np.float64], operations: float | NDArray[np.float64]) -> Any:
    limit, scale, exponent = curves.T
    return limit - scale * (np.asarray(operations) / UNIT) ** -exponent


def advised(points: Iterable[Point], spent: Mapping[str, float]) -> tuple[Point, float]:
    """The network that gains most with the operations that each can spend, and that gain (dB).

    `spent` is by `network`. Between budgets the gain is interpolated over the logarithm of the
    operations, beyond the largest it is that of the largest. InputError if they are fewer than the
    smallest budget of every network.
    """
    means = averaged(points)
    best: tuple[Point, float] | None = None
    for network, operations in spent.items():
        own = {budget: point for (name, budget), point in means.items() if name == network}
        if operations < min(own):
            continue
        gains = [point.gain for point in own.values()]
        gain = float(np.interp(log10(operations), [log10(budget) for budget in own], gains))
        if best is None or gain > best[1]:
            best = own[max(budget for budget in own if budget <= operations)], gain
    if best is None:
        least = min(budget for _, budget in means) / 1e12
        raise InputError(f"that is too short: the frontier begins at {least:g} TFLOP")
    return best
