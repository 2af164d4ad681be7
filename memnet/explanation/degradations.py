"""One target, degraded the ways that people mix up, each scored as the paper scores."""

import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image as PillowImage

from memnet.explanation.scores import FULL_RANGE
from memnet.explanation.variants import Explanation, Image, Kind, Variant, explained
from memnet.imaging.resize import Border, imresize, modcrop
from memnet.imaging.rounding import to_uint8
from memnet.tasks.task import Pair, Score, Task, require_level, to_unit

SEED = 0  # of the noise

Array = NDArray[Any]
Degrade = Callable[[Image], Pair]
Way = Callable[..., Variant]  # takes a name, where it is used, how it degrades, and `Variant.only`
Resize = Callable[[Array, int, int], Array]  # of an image (H, W[, 3]) to a height and width


def degradations(images: Iterable[Image], task: Task, level: int) -> Explanation:
    """Mean PSNR and SSIM of degraded images, a row for each way to degrade them.

    The first row is this suite's own way (`Task.degrade`); every row is scored by `Task.score`.
    The images are the targets, (H, W) or (H, W, 3) uint8.

    Raises
    ------
    InputError : the level is out of range, there is no image, or one is too small
    """
    require_level(task, level)

    def papers(image: Image) -> Pair:
        return task.degrade(task.plane(image), level, seed=SEED)

    def way(name: str, met_in: str, degrade: Degrade, only: Kind | None = None) -> Variant:
        def score(image: Image) -> Score:
            pair = degrade(image)
            return task.score(to_unit(pair.degraded), pair.target, level)

        return Variant(name, met_in, score, only)

    paper, others = {
        "super_resolution": ("MATLAB imresize of Y in double", _resizes),
        "denoising": ("neither clipped nor rounded", _noises),
        "jpeg_deblocking": ("grey JPEG of MATLAB Y", _encodings),
    }[task.name]
    variants = [way(paper, "the paper", papers), *others(way, task, level)]
    return explained(variants, ((image,) for image in images))


# Super-resolution: shrunk and enlarged by one function


def _resizes(way: Way, task: Task, scale: int) -> list[Variant]:
    def of(source: Callable[[Image], Array], resize: Resize) -> Degrade:
        def degrade(image: Image) -> Pair:
            cut = modcrop(image, scale)
            height, width = cut.shape[:2]
            small = resize(source(cut), height // scale, width // scale)
            large = resize(small, height, width)
            return Pair(task.plane(cut), task.plane(large) if large.ndim == 3 else large)

        return degrade

    def double_y(image: Image) -> Array:
        return task.plane(image) / 255.0

    y, smooth, aliased = task.plane, "anti-aliased", "NOT anti-aliased"
    matlab, replicated = _matlab("symmetric"), _matlab("replicate")
    smoothed = partial(_torch, antialias=True)
    return [
        way("border: replicated", "SelfExSR's files", of(double_y, replicated)),
        way("rounding: 8-bit image, then Y", "small images as files", of(np.asarray, matlab)),
        way("library: Pillow BICUBIC, image, then Y", smooth, of(np.asarray, _pillow)),
        way("library: Pillow BICUBIC, 8-bit Y", smooth, of(y, _pillow), only="colour"),
        way("library: torch bicubic, antialias=True", smooth, of(double_y, smoothed)),
        way("library: torch bicubic, antialias=False", aliased, of(double_y, _torch)),
        way("library: OpenCV INTER_CUBIC, then Y", aliased, of(np.asarray, _opencv)),
    ]


def _matlab(border: Border) -> Resize:
    return lambda image, height, _: imresize(image, height / image.shape[0], border=border)


def _pillow(image: Array, height: int, width: int) -> Array:
    resized = PillowImage.fromarray(image).resize((width, height), PillowImage.Resampling.BICUBIC)
    return np.array(resized)


def _torch(plane: Array, height: int, width: int, *, antialias: bool = False) -> Array:
    batch = torch.from_numpy(plane)[None, None]
    resized = F.interpolate(batch, size=(height, width), mode="bicubic", antialias=antialias)
    return resized[0, 0].numpy()


def _opencv(image: Array, height: int, width: int) -> Array:
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC))


# Denoising


def _noises(way: Way, task: Task, sigma: int) -> list[Variant]:
    def clipped(image: Image) -> Pair:
        target, noisy = task.degrade(task.plane(image), sigma, seed=SEED)
        return Pair(target, noisy.clip(0, 1))

    def stored(image: Image) -> Pair:
        target, noisy = task.degrade(task.plane(image), sigma, seed=SEED)
        return Pair(target, to_uint8(noisy * np.float32(255)))

    return [
        way("clipping: to 0..255", "clamped tensors", clipped),
        way("rounding: clipped and rounded to 8 bits", "noisy images as files", stored),
    ]


# JPEG


def _encodings(way: Way, task: Task, quality: int) -> list[Variant]:
    def of_y(image: Image) -> Pair:
        plane = task.plane(image)
        return Pair(plane, _pillow_jpeg(plane, quality=quality))

    def of_full_range(image: Image) -> Pair:
        return task.degrade(to_uint8(FULL_RANGE.convert(image)), quality, seed=SEED)

    def of_rgb(subsampling: str, image: Image) -> Pair:
        stored = _pillow_jpeg(image, quality=quality, subsampling=subsampling)
        return Pair(task.plane(image), task.plane(stored))

    halved, full = partial(of_rgb, "4:2:0"), partial(of_rgb, "4:4:4")
    return [
        way("library: Pillow, grey", "mode L", of_y),
        way("colour: full-range luma, also scored", "OpenCV's Y", of_full_range, only="colour"),
        way("colour: JPEG of RGB, 4:2:0, then Y", "default", halved, only="colour"),
        way("colour: JPEG of RGB, 4:4:4, then Y", "subsampling=0", full, only="colour"),
    ]


def _pillow_jpeg(image: Image, **options: Any) -> Image:
    """Image after Pillow's JPEG compression and decompression."""
    with io.BytesIO() as file:
        PillowImage.fromarray(image).save(file, "JPEG", **options)
        return np.array(PillowImage.open(file))
