"""Named variants of a protocol, the paper's first, each scored on the same images."""

from collections.abc import Callable, Iterable
from math import isnan, nan
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memnet.data.reading import one_channel
from memnet.errors import InputError
from memnet.tasks.task import Score

Image = NDArray[np.uint8]  # (H, W) grey or (H, W, 3) RGB, as stored in a file
Kind = Literal["grey", "colour", "mixed", "grey result"]
NO_SCORE = Score(nan, nan)  # of an image to which a variant does not apply
HALF_A_DIGIT = 0.005  # dB; two PSNR closer than this may be printed alike


class Variant(NamedTuple):
    """One way to degrade or to score."""

    name: str  # the one thing that it changes, then how ("border: not cut")
    met_in: str  # where it is used, or what sets it apart
    score: Callable[..., Score]  # of the images of one case, the target last
    only: Kind | None = None  # it matters only with such a target or result


class Row(NamedTuple):
    """A variant with the mean of its scores: PSNR in dB, SSIM."""

    name: str
    met_in: str
    psnr: float
    ssim: float
    the_papers: bool


class Explanation(NamedTuple):
    """All rows, the paper's first, and how many images they are means of."""

    rows: list[Row]
    images: int
    grey: int  # grey targets, for which the ways to convert colour do not matter
    planes: int  # results of RGB targets that are the scored plane itself
    photos: int  # results of RGB targets that are grey photos


def explained(variants: list[Variant], cases: Iterable[tuple[Image, ...]]) -> Explanation:
    """Mean scores over the cases, a row per variant, the paper's first; a case's target is last.

    A row is left out if it makes no difference to such targets, or if a case has no score for it.
    Only one case is in memory at a time. InputError if there is none.
    """
    totals = np.zeros((len(variants), 2))
    images = grey = planes = photos = 0
    for case in cases:
        totals += [variant.score(*case) for variant in variants]
        images += 1
        grey += case[-1].ndim == 2
        planes += case[0].ndim < case[-1].ndim
        photos += len(case) > 1 and case[0].ndim == 3 and one_channel(case[0]) is not None
    if not images:
        raise InputError("there must be at least 1 image to explain, got 0")
    present = {
        None: True, "grey": grey > 0, "colour": grey < images,
        "mixed": 0 < grey < images, "grey result": grey + planes + photos > 0,
    }  # fmt: skip
    means = totals / images
    table = [
        Row(variant.name, variant.met_in, float(psnr), float(ssim), index == 0)
        for index, (variant, (psnr, ssim)) in enumerate(zip(variants, means, strict=True))
        if present[variant.only]
        and not (isnan(psnr) or isnan(ssim))
        # the way in which a grey result was read needs no row of its own
        and not (variant.only == "grey result" and psnr == means[0][0])
    ]
    return Explanation(table, images, grey, planes, photos)


def closest(table: list[Row], reported: float) -> list[Row]:
    """Rows whose PSNR is printed as the reported one (dB, two decimals), or else the nearest.

    Rows that change only the SSIM, and so have exactly the paper's PSNR, are left out.
    """
    different = [row for row in table if row.the_papers or row.psnr != table[0].psnr]
    distance = [abs(row.psnr - reported) for row in different]
    least = max(min(distance), HALF_A_DIGIT)
    return [row for row, far in zip(different, distance, strict=True) if far <= least]
