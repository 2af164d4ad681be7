"""Points of trainings, the curve through the best of them, and what it advises."""

from math import nan
from pathlib import Path

import pandas as pd
import pytest

from memnet.errors import InputError
from memnet.results.frontier import FRONTIER, Point, advised, best_by_budget, fitted, read_frontier

ROOT = Path(__file__).parents[2]


def point(network: str, operations: float, gain: float, **changes: object) -> Point:
    plain = Point(
        network, network, network, "memnet", 0.004, 0, operations, 1.01 * operations, 1.0, gain, nan
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


BUDGETS = (1e13, 3e13, 1e14, 3e14)
POINTS = [
    *(point("small", c, g) for c, g in zip(BUDGETS, (1.0, 1.2, 1.3, 1.35), strict=True)),
    *(point("large", c, g) for c, g in zip(BUDGETS, (0.2, 0.9, 1.5, 1.9), strict=True)),
    point("other", 1e13, 2.0, kind="vdsr"),
]


def test_points_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "frontier.csv"
    pd.DataFrame(POINTS, columns=Point._fields).to_csv(path, index=False)
    again = read_frontier(path)
    assert [p._replace(set5=0) for p in again] == [p._replace(set5=0) for p in POINTS]


def test_the_committed_file_can_be_read() -> None:
    rows = (ROOT / FRONTIER).read_text().splitlines()
    assert len(read_frontier(ROOT / FRONTIER)) == len(rows) - 1


@pytest.mark.parametrize(
    "text",
    [None, "name\nx\n", "{head}\na,a,a,memnet,1,0,1e13,1e13,1,abc,30\n",
     "{head}\na,a,a,memnet,1,0,1e13,1e13,1,,30\n", "{head}\na,a,a,memnet,1,0,1e13,0,1,2,30\n"],
    ids=["gone", "columns", "text", "no gain", "no operations"],
)  # fmt: skip
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "a.csv"
    if text is not None:
        path.write_text(text.format(head=",".join(Point._fields)))
    with pytest.raises(InputError, match=r"a\.csv is missing or damaged .*`git checkout"):
        read_frontier(path)


def test_the_best_memnet_of_each_budget() -> None:
    best = best_by_budget(POINTS)
    assert {c: (p.name, p.gain) for c, p in best.items()} == {
        1e13: ("small", 1.0), 3e13: ("small", 1.2), 1e14: ("large", 1.5), 3e14: ("large", 1.9)
    }  # fmt: skip


def test_seeds_count_by_their_mean() -> None:
    lucky = [point("lucky", 1e13, 1.5), point("lucky", 1e13, 0.1, seed=1)]
    assert best_by_budget([*POINTS, *lucky])[1e13].name == "small"
    assert best_by_budget(lucky)[1e13].gain == pytest.approx(0.8)


def test_a_curve_is_found_again() -> None:
    costs = [1e13, 3e13, 1e14, 3e14, 1e15]
    curve = fitted(costs, [4 - 1.5 * (cost / 1e13) ** -0.3 for cost in costs])
    assert curve is not None
    assert (curve.limit, curve.scale, curve.exponent) == pytest.approx((4, 1.5, 0.3))
    for cost in (1e13, 1e16):
        middle, low, high = curve.at(cost)
        assert middle == pytest.approx(4 - 1.5 * (cost / 1e13) ** -0.3)
        assert low < middle < high
    near, far = (curve.at(cost)[2] - curve.at(cost)[1] for cost in (1e14, 1e18))
    assert near < 0.2 < far  # the interval widens where nothing was measured


def test_values_off_the_curve_widen_its_interval() -> None:
    costs, straight = [1e13, 3e13, 1e14, 3e14, 1e15], [1.0, 1.5, 1.9, 2.2, 2.4]
    bent = [1.0, 1.9, 1.5, 2.6, 2.4]
    widths = [curve.at(1e14)[2] - curve.at(1e14)[1] for psnr in (straight, bent)
              if (curve := fitted(costs, psnr))]  # fmt: skip
    assert 2 * widths[0] < widths[1]


def test_three_points_have_no_curve() -> None:
    assert fitted([1e13, 3e13, 1e14], [1, 2, 3]) is None


def test_values_that_do_not_rise_have_a_constant() -> None:
    curve = fitted([1e13, 3e13, 1e14, 3e14], [33.4, 33.3, 33.2, 33.1])
    assert curve is not None and curve.scale == 0
    middle, low, high = curve.at(1e18)
    assert middle == pytest.approx(33.25) and 33 < low < high < 34


@pytest.mark.parametrize(
    ("spent", "network", "gain"), [(3e13, "small", 1.2), (1e14, "large", 1.5), (1e17, "large", 1.9)]
)
def test_advice_is_what_gained_most(spent: float, network: str, gain: float) -> None:
    best, expected = advised(POINTS[:8], {"small": spent, "large": spent})
    assert (best.network, expected) == (network, pytest.approx(gain))


def test_a_slow_network_is_advised_less() -> None:
    best, _ = advised(POINTS, {"small": 1e14, "large": 1e13})
    assert best.network == "small"


def test_advice_is_by_the_mean_of_seeds_and_the_best_rate() -> None:
    lucky = [point("lucky", 1e13, gain, seed=i) for i, gain in enumerate((1.5, 0.1))]
    fast = point("lucky", 1e13, 0.9, learning_rate=0.02)
    best, gain = advised([*POINTS, *lucky, fast], {"small": 1e13, "lucky": 1e13})
    assert (best.network, gain) == ("small", 1.0)
    assert advised([*lucky, fast], {"lucky": 2e13})[0].learning_rate == 0.02


def test_less_than_was_measured_is_refused() -> None:
    with pytest.raises(InputError, match="too short: the frontier begins at 10 TFLOP"):
        advised(POINTS, {"small": 1e12, "large": 1e12})
