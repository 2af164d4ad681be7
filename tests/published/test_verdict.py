"""The one verdict on ours against published."""

from math import inf

import pytest

from memnet.published.verdict import Judged, KnownMiss, equal, judge

MISS = KnownMiss(tolerance=0.2, reason="It cuts more.")


@pytest.mark.parametrize(
    ("ours", "published", "wanted"),
    [
        (33.66, None, Judged("no published value", 0.05)),
        (33.71, 33.66, Judged("within", 0.05)),  # 0.05 in decimals, a little more in binary
        (33.72, 33.66, Judged("known miss", 0.2, "It cuts more.")),
        (33.46, 33.66, Judged("known miss", 0.2, "It cuts more.")),
        (33.87, 33.66, Judged("outside", 0.05)),
        (inf, 33.66, Judged("outside", 0.05)),
        (inf, inf, Judged("within", 0.05)),
    ],
)
def test_verdicts(ours: float, published: float | None, wanted: Judged) -> None:
    assert judge(ours, published, 0.05, miss=MISS) == wanted


def test_what_no_source_confirms_decides_nothing() -> None:
    assert judge(1.0, 33.66, 0.05, confirmed=False, miss=MISS).verdict == "not confirmed"


def test_without_a_known_miss_nothing_is_excused() -> None:
    assert judge(33.72, 33.66, 0.05).verdict == "outside"
    assert not equal(33.72, 33.66, 0.05)
