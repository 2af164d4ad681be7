"""One restored image, scored the ways that people mix up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from memnet.data.reading import one_channel
from memnet.explanation.variants import NO_SCORE, Explanation, Image, Variant, explained
from memnet.imaging.color import NTSC_LUMINANCE, YCBCR_LUMINANCE, YCBCR_OFFSET
from memnet.imaging.metrics import SSIM_WINDOW, psnr, ssim
from memnet.imaging.rounding import to_uint8
from memnet.tasks.task import Score, Task, require_level, to_unit

Plane = NDArray[np.float64]

wang_ssim = partial(ssim, border=0)  # `ssim_index.m`, the paper's


def toolbox_ssim(restored: Plane, target: Plane, *, data_range: float) -> float:
    """MATLAB's `ssim`: the same window, the border replicated, the mean of the whole map."""
    edge = SSIM_WINDOW // 2
    padded = (np.pad(plane, edge, mode="edge") for plane in (restored, target))
    return ssim(*padded, data_range=data_range, border=0)


def skimage_ssim(restored: Plane, target: Plane, *, data_range: float) -> float:
    """scikit-image's default: a 7x7 uniform window, sample covariance."""
    similarity: Any = structural_similarity  # whose annotations are incomplete
    return float(similarity(restored, target, data_range=data_range))


@dataclass(frozen=True, eq=False)
class Colour:
    """What is compared of an image, in grey levels: its channels, or a weighted sum of them."""

    name: str
    weights: Plane | None = None
    offset: float = 0

    def convert(self, image: Image) -> Plane:
        """(H, W) or (H, W, 3); a grey image passes as it is, as in MATLAB's test scripts."""
        values = image.astype(np.float64)
        if self.weights is None or image.ndim == 2:
            return values
        return values @ self.weights + self.offset


MATLAB_Y = Colour("MATLAB Y", YCBCR_LUMINANCE, YCBCR_OFFSET)
MATLAB_GRAY = Colour("MATLAB rgb2gray", NTSC_LUMINANCE)
# ITU-R BT.601 in full range, as in OpenCV's RGB2YCrCb, Pillow's "L" and the Y of YIQ.
FULL_RANGE = Colour("full-range luma (0..255)", np.array([0.299, 0.587, 0.114]))
RGB = Colour("RGB")


@dataclass(frozen=True)
class Measure:
    """How two images are compared."""

    colour: Colour
    rounded: bool = True  # to 8 bits, as MATLAB's `uint8` does
    border: int = 0  # pixels cut from each side
    own_range: bool = False  # take max - min of the target as the range, not 255
    ssim: Callable[..., float] = wang_ssim  # of colour images the mean over the channels

    def __call__(self, restored: Image, target: Image) -> Score:
        """Score of images of the same height and width; NO_SCORE where they do not compare."""
        a, b = self._channels(restored), self._channels(target)
        data_range = float(np.ptp(b)) if self.own_range else 255.0
        if len(a) != len(b) or data_range == 0:
            return NO_SCORE
        similar = [self.ssim(*pair, data_range=data_range) for pair in zip(a, b, strict=True)]
        planes = np.concatenate(a), np.concatenate(b)  # the channels, one below the other
        return Score(psnr(*planes, data_range=data_range, border=0), float(np.mean(similar)))

    def _channels(self, image: Image) -> Plane:
        """(1 or 3, H, W) without the border, in grey levels."""
        values = np.atleast_3d(self.colour.convert(image))
        if self.rounded:
            values = to_uint8(values).astype(np.float64)
        height, width, _ = values.shape
        inside = values[self.border : height - self.border, self.border : width - self.border]
        return np.ascontiguousarray(np.moveaxis(inside, 2, 0))


def scores(pairs: Iterable[tuple[Image, Image]], task: Task, level: int) -> Explanation:
    """Mean PSNR and SSIM of restored images under the variants that people mix up.

    The first row is what this suite itself reports (`Task.score`). Most others change one thing;
    the last ones are combinations found in other code. A pair is a restored image and its target,
    of the same size; a grey result of an RGB target is taken to be the plane that the task works
    on. `level` is the scale of super-resolution, which is the border; other tasks ignore it.

    Raises
    ------
    InputError : the scale is out of range, there is no pair, or an image is too small
    """
    if task.name == "super_resolution":
        require_level(task, level)
    return explained(_variants(task, level), pairs)


def _variants(task: Task, level: int) -> list[Variant]:
    """The paper's way, others that change one thing of it, and common combinations."""
    cut = level if task.name == "super_resolution" else 0
    paper = Measure(MATLAB_GRAY if task.name == "denoising" else MATLAB_Y, border=cut)
    border = f", {cut} px cut" if cut else ""
    unrounded, whole = replace(paper, rounded=False), replace(paper, border=0)
    own_range = replace(paper, own_range=True)
    uniform, replicated = replace(paper, ssim=skimage_ssim), replace(paper, ssim=toolbox_ssim)

    def as_reported(restored: Image, target: Image) -> Score:
        return task.score(to_unit(task.plane(restored)), task.plane(target), level)

    return [
        Variant(f"{paper.colour.name}, 8 bits{border}, Wang's SSIM", "the paper", as_reported),
        *_other_colours(paper),
        *([] if task.name == "denoising" else _other_readings(as_reported)),
        Variant("rounding: none", "BasicSR", unrounded, only="colour"),
        *([Variant("border: not cut", "most code by default", whole)] if cut else []),
        Variant("range: max - min of the target", "microscopy code", own_range),
        Variant("SSIM: 7x7 uniform window", "scikit-image", uniform),
        Variant("SSIM: whole map, border replicated", "MATLAB's ssim", replicated),
        *_combinations(paper),
    ]


def _other_readings(reported: Callable[[Image, Image], Score]) -> list[Variant]:
    """What a grey result can be taken for: the luminance itself, or a photo that has one."""

    def as_plane(restored: Image, target: Image) -> Score:
        grey = one_channel(restored)
        return reported(restored if grey is None else grey, target)

    def as_photo(restored: Image, target: Image) -> Score:
        grey = one_channel(restored)
        return reported(restored if grey is None else np.dstack([grey] * 3), target)

    def as_photo_of_grey(restored: Image, target: Image) -> Score:
        return (as_photo if target.ndim == 2 else reported)(restored, target)

    return [
        Variant("result: grey read as the luminance", "one plane", as_plane, only="grey result"),
        Variant("result: grey read as an RGB photo", "3 channels", as_photo, only="grey result"),
        Variant("result: the same, of grey targets", "3 channels", as_photo_of_grey, only="mixed"),
    ]


def _other_colours(paper: Measure) -> list[Variant]:
    """What else is compared in place of the paper's luminance or grey value."""

    def grey_read_as_rgb(restored: Image, target: Image) -> Score:
        if target.ndim == 2:
            restored, target = (np.dstack([grey] * 3) for grey in (restored, target))
        return paper(restored, target)

    ways = (
        (MATLAB_Y, "super-resolution papers"),
        (FULL_RANGE, "OpenCV, Pillow, pyiqa"),
        (MATLAB_GRAY, "denoising papers"),
        (RGB, "most code by default"),
    )
    variants = [
        Variant(f"colour: {way.name}", met_in, replace(paper, colour=way), only="colour")
        for way, met_in in ways
        if way != paper.colour
    ]
    if paper.colour == MATLAB_Y:  # rgb2gray gives back what a grey image was
        name = "colour: grey read as RGB, then MATLAB Y"
        variants.append(Variant(name, 'convert("RGB")', grey_read_as_rgb, only="grey"))
    return variants


def _combinations(paper: Measure) -> list[Variant]:
    """Several changes at once, as they go together in other code."""
    cut = ", not cut" if paper.border else ""
    unrounded = Measure(paper.colour, rounded=False)
    full_range = Measure(FULL_RANGE, rounded=False)
    defaults = Measure(RGB, ssim=skimage_ssim)
    variants = [
        Variant(f"full-range luma, not rounded{cut}", "PyTorch ports, pyiqa", full_range),
        Variant(f"RGB{cut}, SSIM of 7x7 uniform window", "scikit-image by default", defaults),
    ]
    if paper.border:
        variants.append(Variant("MATLAB Y, not rounded, not cut", "PyTorch ports", unrounded))
    return [variant._replace(only="colour") for variant in variants]
