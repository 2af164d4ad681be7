"""Where the labels of points stand, so that none lies upon another or upon a point."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

OFFSET = 7.0  # from a point to the beginning of its label
LINE = 11.0  # height of a label
CHARACTER = 4.9  # its width, on the generous side: the page has a font of its own
_RADIUS = 4.0  # of the mark of a point


class Spot(NamedTuple):
    """A point, or the middle of the left end of its label, in typographic points."""

    x: float
    y: float
    label: str


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def touches(self, other: "_Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.top <= other.bottom or other.top <= self.bottom)


def label_spots(points: Sequence[Spot], low: float, high: float) -> list[Spot]:
    """Where the label of each point stands, in the order of `points`.

    Right of its point, and from there as little down or up as leaves every other label and every
    point free; the highest point goes first. Where there is no room at all, at the point's height.

    Parameters
    ----------
    points : in any order
    low, high : between which the middle of a label may lie
    """
    taken = [_Box(p.x - _RADIUS, p.y - _RADIUS, p.x + _RADIUS, p.y + _RADIUS) for p in points]
    heights: dict[int, float] = {}
    for i in sorted(range(len(points)), key=lambda i: -points[i].y):
        boxes = ((y, _box(points[i], y)) for y in _heights(points[i].y, low, high))
        free = (y for y, box in boxes if not any(map(box.touches, taken)))
        heights[i] = next(free, points[i].y)
        taken.append(_box(points[i], heights[i]))
    return [Spot(p.x + OFFSET, heights[i], p.label) for i, p in enumerate(points)]


def _box(point: Spot, y: float) -> _Box:
    """The label of a point at height `y`."""
    left = point.x + OFFSET
    return _Box(left, y - LINE / 2, left + CHARACTER * len(point.label), y + LINE / 2)


def _heights(wanted: float, low: float, high: float) -> Iterator[float]:
    """Heights from low to high, the nearest to `wanted` first."""
    for step in range(int(high - low) + 1):
        for y in dict.fromkeys((wanted - step, wanted + step)):
            if low <= y <= high:
                yield y
