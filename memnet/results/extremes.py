"""The images on which a method gains least and most over its degraded input, and how they look."""

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.files import finite, write_json
from memnet.imaging.io import write_png

SIDE = 96
Kind = Literal["worst", "best"]
KINDS: tuple[Kind, ...] = ("worst", "best")
PARTS = ("target", "degraded", "restored")


class Window(NamedTuple):
    """Part of an image, at most `SIDE` pixels a side, as (H, W) uint8 planes; its corner first."""

    top: int
    left: int
    target: NDArray[np.uint8]
    degraded: NDArray[np.uint8]
    restored: NDArray[np.uint8]


class Extreme(NamedTuple):
    """The image of a level with the smallest or largest gain in PSNR (dB, of the whole image)."""

    kind: Kind
    level: int
    image: str
    psnr: float
    input_psnr: float
    window: Window


def largest_error(
    target: NDArray[np.uint8], degraded: NDArray[np.uint8], restored: NDArray[np.uint8]
) -> Window:
    """The window of all three planes (H, W) where `restored` has the largest squared error."""
    _, squares = cv2.integral2(cv2.absdiff(restored, target))  # integers in float64
    height, width = (min(SIDE, side) for side in target.shape)
    sums = (
        squares[height:, width:] - squares[:-height, width:]
        - squares[height:, :-width] + squares[:-height, :-width]
    )  # fmt: skip
    top, left = (int(index) for index in np.unravel_index(int(sums.argmax()), sums.shape))
    cut = np.s_[top : top + height, left : left + width]
    # Copies, or a window would hold on to its whole image.
    return Window(top, left, target[cut].copy(), degraded[cut].copy(), restored[cut].copy())


class Extremes:
    """The worst and the best image of each level, found image by image; the first one wins a tie.

    `input_rows` are those of the degraded input; only the noise of `seed` counts.
    """

    def __init__(self, input_rows: pd.DataFrame, seed: int) -> None:
        rows = input_rows[input_rows["seed"] == seed]
        places = zip(rows["level"], rows["image"], strict=True)
        self._input_psnr = dict(zip(places, rows["psnr"], strict=True))
        self._found: dict[int, tuple[Extreme, Extreme]] = {}

    def see(self, level: int, image: str, psnr: float, window: Window) -> None:
        """Take one restored image into account."""
        if (level, image) not in self._input_psnr:
            raise InputError(
                f"rows of the degraded input must have {image} at level {level}, got none: "
                "calibrate anew"
            )
        new = Extreme("worst", level, image, psnr, self._input_psnr[level, image], window)
        worst, best = self._found.get(level, (new, new))
        worst, best = min(worst, new, key=_gain), max(best, new, key=_gain)
        self._found[level] = worst, best._replace(kind="best")

    def __iter__(self) -> Iterator[Extreme]:
        """Level by level, in the order of their first images, the worst before the best."""
        return chain.from_iterable(self._found.values())


def _gain(extreme: Extreme) -> float:
    """PSNR gained, in dB; a perfect image of a perfect input has nothing to gain."""
    gain = extreme.psnr - extreme.input_psnr
    return 0.0 if math.isnan(gain) else gain


def write_extremes(folder: Path, extremes: Iterable[Extreme]) -> None:
    """Write a record and three PNGs of each; JSON has no infinity, so that is the text "inf"."""
    for extreme in extremes:
        window = extreme.window
        height, width = window.target.shape
        record, *pngs = extreme_files(folder, extreme.level, extreme.kind)
        for png, part in zip(pngs, PARTS, strict=True):
            write_png(png, getattr(window, part))
        about = {
            "image": extreme.image,
            "window": {"top": window.top, "left": window.left, "height": height, "width": width},
            "psnr": finite(extreme.psnr),
            "input_psnr": finite(extreme.input_psnr),
        }
        write_json(record, about)


def extreme_files(folder: Path, level: int, kind: str) -> tuple[Path, ...]:
    """Paths of a record, and of a PNG of each of `PARTS`."""
    names = (f"{level}-{kind}.json", *(f"{level}-{kind}-{part}.png" for part in PARTS))
    return tuple(folder / name for name in names)
