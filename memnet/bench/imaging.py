"""How fast images are resized, converted and scored: this library, usual ports, and libraries.

A library stands beside only what it computes the same way: MATLAB's `imresize` with anti-aliasing
is in neither of the two, and OpenCV's luminance covers 0 to 255.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2ycbcr

from memnet.bench.ports import (
    im2col_imresize,
    im2col_ssim,
    loop_imresize,
    loop_luminance,
    loop_psnr,
    skimage_psnr,
    skimage_ssim,
)
from memnet.data.pairs import write_pairs
from memnet.imaging.color import rgb_to_y
from memnet.imaging.io import read_image
from memnet.imaging.metrics import psnr, ssim
from memnet.imaging.resize import imresize
from memnet.tasks import TASKS

HEIGHT, WIDTH = 321, 481  # an image of BSDS500
SCALE = 3
OURS = "memnet"
LEVELS = {"super_resolution": [2, 3, 4], "denoising": [30, 50, 70], "jpeg_deblocking": [10, 20]}

Result = NDArray[Any] | float


class Timing(NamedTuple):
    """One implementation of one operation.

    Attributes
    ----------
    seconds : the median
    times_ours : its seconds over ours
    difference : largest difference from our result, in grey levels, dB or SSIM
    """

    operation: str
    implementation: str
    seconds: float
    times_ours: float
    difference: float


class Degrading(NamedTuple):
    """Images that are read, degraded at every level and written, by all cores.

    Attributes
    ----------
    per_second, decoded_per_second : images done, and images that one core only decodes
    """

    task: str
    images: int
    per_second: float
    decoded_per_second: float


def bench_imaging(*, rounds: int, report: Callable[[int, int, str], None]) -> list[Timing]:
    """Each operation by each implementation, in turn, on one image of the size of BSDS500.

    Parameters
    ----------
    rounds : times that each is timed
    report : called with calls done, calls in all and the operation at hand
    """
    operations = _operations()
    total = (rounds + 1) * sum(map(len, operations.values()))
    done, timings = 0, []
    for operation, implementations in operations.items():
        results: dict[str, Result] = {}
        seconds: dict[str, list[float]] = {name: [] for name in implementations}
        for number in range(rounds + 1):  # the first finds caches cold and is not counted
            for name, function in implementations.items():
                report(done, total, f"{operation}, {name}")
                began = time.perf_counter()
                results[name] = function()
                seconds[name] += [time.perf_counter() - began] if number else []
                done += 1
        medians = {name: statistics.median(found) for name, found in seconds.items()}
        timings += [
            Timing(
                operation, name, median, median / medians[OURS],
                float(np.max(np.abs(np.subtract(results[name], results[OURS], dtype=np.float64)))),
            )
            for name, median in medians.items()
        ]  # fmt: skip
    report(total, total, "")
    return timings


def bench_degrading(*, images: int, report: Callable[[int, int, str], None]) -> list[Degrading]:
    """Degrade images for each task as the stage does, from JPEG files of the size of BSDS500.

    Parameters
    ----------
    images : how many
    report : called with images done, images in all and the task at hand
    """
    found = []
    with tempfile.TemporaryDirectory() as name:
        files = _write_jpegs(Path(name), images)
        began = time.perf_counter()
        for file in files:
            read_image(file, min_side=1)
        decoded = images / (time.perf_counter() - began)
        for index, task in enumerate(TASKS.values()):
            report(index * images, len(TASKS) * images, task.name)
            out = Path(name, task.name)
            out.mkdir()
            began = time.perf_counter()
            planes = ((file.stem, task.plane(read_image(file, min_side=1))) for file in files)
            write_pairs(
                out, task, planes,
                dataset="bench", levels=LEVELS[task.name], seeds=[0], codec=None,
            )  # fmt: skip
            rate = images / (time.perf_counter() - began)
            found.append(Degrading(task.name, images, rate, decoded))
    report(len(TASKS) * images, len(TASKS) * images, "")
    return found


def _operations() -> dict[str, dict[str, Callable[[], Result]]]:
    """Implementations of each operation by name, ours first."""
    generator = np.random.RandomState(0)
    image = _photograph(generator)
    plane = rgb_to_y(image)
    small = imresize(plane / 255, 1 / SCALE, border="symmetric")
    noisy = plane + generator.normal(scale=5, size=plane.shape)
    return {
        "luminance": {
            OURS: lambda: rgb_to_y(image),
            "pixel loop": lambda: loop_luminance(image),
            "scikit-image": lambda: np.floor(rgb2ycbcr(image)[..., 0] + 0.5).astype(np.uint8),
        },
        f"imresize 1/{SCALE}": {
            OURS: lambda: imresize(plane / 255, 1 / SCALE, border="symmetric"),
            "pixel loop": lambda: loop_imresize(plane / 255, 1 / SCALE),
            "im2col": lambda: im2col_imresize(plane / 255, 1 / SCALE),
        },
        f"imresize {SCALE}": {
            OURS: lambda: imresize(small, SCALE, border="symmetric"),
            "pixel loop": lambda: loop_imresize(small, SCALE),
            "im2col": lambda: im2col_imresize(small, SCALE),
        },
        "PSNR": {
            OURS: lambda: psnr(noisy, plane, data_range=255, border=0),
            "pixel loop": lambda: loop_psnr(noisy, plane),
            "scikit-image": lambda: skimage_psnr(plane.astype(np.float64), noisy),
            "OpenCV": lambda: cv2.PSNR(plane.astype(np.float64), noisy, 255),
        },
        "SSIM": {
            OURS: lambda: ssim(noisy, plane, data_range=255, border=0),
            "im2col": lambda: im2col_ssim(noisy, plane.astype(np.float64)),
            "scikit-image": lambda: skimage_ssim(plane.astype(np.float64), noisy),
        },
    }  # fmt: skip


def _photograph(generator: np.random.RandomState) -> NDArray[np.uint8]:
    """Blurred noise with a little sharp noise in it, RGB: about as hard to decode as a photo."""
    noise = generator.normal(size=(HEIGHT, WIDTH, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 6)
    image = 128 + 45 * smooth / smooth.std() + 6 * noise
    photograph: NDArray[np.uint8] = np.clip(image, 0, 255).astype(np.uint8)
    return photograph


def _write_jpegs(folder: Path, images: int) -> list[Path]:
    generator = np.random.RandomState(0)
    files = [folder / f"{number}.jpg" for number in range(images)]
    for file in files:
        Image.fromarray(_photograph(generator)).save(file, quality=90)
    return files
