"""What a budget buys: the PSNR that trainings of several networks reach, and a curve through it.

docs/frontier.md explains it; profile `frontier` makes it.
"""

from collections.abc import Iterable, Sequence
from math import log10
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.errors import InputError

FRONTIER = Path("docs/frontier.csv")
UNIT = 1e13  # operations, to which the curve's scale belongs
SEED_NOISE = 0.03
"""Standard deviation (dB) of the gain between seeds, as docs/recipes.md found it."""
DRAWS = 1000
EXPONENTS = np.linspace(0.02, 1, 99)


class Point(NamedTuple):
    """One training: what it spent, and what it reached.

    `gain` is the PSNR (dB) of the held-out training images over that of their degraded inputs, mean
    of all levels; `set5` that of Set5 at x2 (dB), NaN where it was not scored. `name` says in words
    what `network` is; that and `method`, the experiment, stand in params/frontier.yaml.
    """

    method: str
    name: str
    network: str
    kind: str
    learning_rate: float
    seed: int
    operations: float
    minutes: float
    gain: float
    set5: float

    @property
    def budget(self) -> float:
        """What it was given to spend: its operations, which end with a whole step, rounded."""
        return float(f"{self.operations:.1g}")


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
        return tuple(Point(*row) for row in table.itertuples(index=False))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} is missing or damaged ({error}): run this in the project's folder, and "
            f"`git checkout {path}`"
        ) from None


def best_by_budget(points: Iterable[Point]) -> dict[float, Point]:
    """By budget, the first seed of the MemNet whose mean gain over its seeds is the largest."""
    groups: dict[tuple[float, str], list[Point]] = {}
    for point in points:
        if point.kind == "memnet":
            groups.setdefault((point.budget, point.name), []).append(point)
    found: dict[float, list[Point]] = {}
    for (budget, _), seeds in sorted(groups.items()):
        if budget not in found or _mean(seeds) > _mean(found[budget]):
            found[budget] = seeds
    return {budget: seeds[0]._replace(gain=_mean(seeds)) for budget, seeds in found.items()}


def _mean(seeds: Sequence[Point]) -> float:
    return float(np.mean([point.gain for point in seeds]))


def fitted(operations: Sequence[float], psnr: Sequence[float]) -> Curve | None:
    """The curve nearest to the given values (dB) by least squares; None for fewer than four.

    Its interval is that of refits to values moved at random, by what the curve misses them or by
    the noise of a seed, whichever is larger.
    """
    if len(operations) < 4:
        return None
    costs, values = np.array(operations) / UNIT, np.array(psnr)
    (best,) = _fits(costs, values[None])
    missed = np.sqrt(np.mean((_value(best, np.array(operations)) - values) ** 2))
    noise = np.random.default_rng(0).normal(0, max(missed, SEED_NOISE), (DRAWS, len(values)))
    limit, scale, exponent = best.tolist()
    return Curve(limit, scale, exponent, _fits(costs, values + noise))


def _fits(costs: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Limit, scale and exponent (N, 3) for each row of values (N, P): linear but for the last."""
    found, least = np.zeros((len(values), 3)), np.full(len(values), np.inf)
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


def advised(points: Iterable[Point], spent: dict[str, float]) -> tuple[Point, float]:
    """The network that gains most with the operations that each can spend, and that gain (dB).

    `spent` is by `network`. Between budgets the gain is interpolated over the logarithm of the
    operations; beyond them it is that of the nearest.
    """
    best: tuple[Point, float] | None = None
    for network, operations in spent.items():
        own = sorted((p for p in points if p.network == network), key=lambda p: p.operations)
        costs = [log10(p.operations) for p in own]
        gain = float(np.interp(log10(operations), costs, [p.gain for p in own]))
        if best is None or gain > best[1]:
            best = own[-1], gain
    assert best is not None
    return best
