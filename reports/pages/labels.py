"""Where the labels of points stand, so that none lies upon another or upon a point."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.transforms import Bbox

OFFSET = 7.0  # from a point to the beginning of its label
LINE = 11.0  # height of a label
CHARACTER = 4.9  # its width, on the generous side: the page has a font of its own
_RADIUS = 4.0  # of the mark of a point


class Spot(NamedTuple):
    """A point, or the middle of the left end of its label, in typographic points."""

    x: float
    y: float
    label: str


def label_spots(points: Sequence[Spot], low: float, high: float) -> list[Spot]:
    """The place of each point's label, in the order of `points`.

    A label is right of its point, moved down or up as little as possible so that it covers no point
    and no other label; its middle stays between `low` and `high`. The highest point goes first. If
    there is no room at all, the label is at the height of its point.
    """
    taken = [_box(p.x - _RADIUS, p.x + _RADIUS, p.y, 2 * _RADIUS) for p in points]
    steps = range(int(high - low) + 1)
    heights: dict[int, float] = {}
    for i in sorted(range(len(points)), key=lambda i: -points[i].y):
        wanted, left = points[i].y, points[i].x + OFFSET
        right = left + CHARACTER * len(points[i].label)
        nearest = (y for step in steps for y in (wanted - step, wanted + step) if low <= y <= high)
        boxes = ((y, _box(left, right, y, LINE)) for y in nearest)
        free = (y for y, box in boxes if not any(map(box.fully_overlaps, taken)))
        heights[i] = next(free, wanted)
        taken.append(_box(left, right, heights[i], LINE))
    return [Spot(p.x + OFFSET, heights[i], p.label) for i, p in enumerate(points)]


def _box(left: float, right: float, middle: float, height: float) -> Bbox:
    return Bbox.from_extents(left, middle - height / 2, right, middle + height / 2)
