"""Our image operations beside usual ports and libraries: the same numbers, and faster."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import rgb2ycbcr

from memnet.imaging.color import rgb_to_y
from memnet.imaging.metrics import psnr, ssim
from memnet.imaging.resize import imresize
from tests.bench import ports

Result = NDArray[Any] | float
Calls = dict[str, Callable[[], Result]]
HEIGHT, WIDTH = 321, 481  # an image of BSDS500
SCALE = 3
RNG = np.random.RandomState(0)
_NOISE = RNG.normal(size=(HEIGHT, WIDTH, 3))
_SMOOTH = cv2.GaussianBlur(_NOISE, (0, 0), 6)
IMAGE = np.clip(128 + 45 * _SMOOTH / _SMOOTH.std() + 6 * _NOISE, 0, 255).astype(np.uint8)
PLANE = rgb_to_y(IMAGE)
UNIT = PLANE / 255
SMALL = imresize(UNIT, 1 / SCALE, border="symmetric")
NOISY = PLANE + RNG.normal(scale=5, size=PLANE.shape)
TARGET = PLANE.astype(np.float64)

# Of each operation ours comes first. A library stands beside only what it computes the same way:
# MATLAB's imresize with anti-aliasing is in neither, and OpenCV's luminance covers 0 to 255.
OPERATIONS: dict[str, Calls] = {
    "luminance": {
        "ours": lambda: rgb_to_y(IMAGE),
        "pixel loop": lambda: ports.loop_luminance(IMAGE),
        "scikit-image": lambda: np.floor(rgb2ycbcr(IMAGE)[..., 0] + 0.5).astype(np.uint8),
    },
    "imresize 1/3": {
        "ours": lambda: imresize(UNIT, 1 / SCALE, border="symmetric"),
        "pixel loop": lambda: ports.loop_imresize(UNIT, 1 / SCALE),
        "im2col": lambda: ports.im2col_imresize(UNIT, 1 / SCALE),
    },
    "imresize 3": {
        "ours": lambda: imresize(SMALL, SCALE, border="symmetric"),
        "pixel loop": lambda: ports.loop_imresize(SMALL, SCALE),
        "im2col": lambda: ports.im2col_imresize(SMALL, SCALE),
    },
    "PSNR": {
        "ours": lambda: psnr(NOISY, PLANE, data_range=255, border=0),
        "pixel loop": lambda: ports.loop_psnr(NOISY, PLANE),
        "scikit-image": lambda: ports.skimage_psnr(TARGET, NOISY),
        "OpenCV": lambda: cv2.PSNR(TARGET, NOISY, 255),
    },
    "SSIM": {
        "ours": lambda: ssim(NOISY, PLANE, data_range=255, border=0),
        "im2col": lambda: ports.im2col_ssim(NOISY, TARGET),
        "scikit-image": lambda: ports.skimage_ssim(TARGET, NOISY),
    },
}
PAIRS = [(name, other) for name, calls in OPERATIONS.items() for other in list(calls)[1:]]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_all_compute_the_same(name: str, other: str) -> None:
    # scikit-image works with 255 = 1, so that a luminance on the edge of two may fall to the
    # other side.
    allowed = 1 if (name, other) == ("luminance", "scikit-image") else 1e-9
    ours, theirs = (OPERATIONS[name][who]() for who in ("ours", other))
    assert np.max(np.abs(np.subtract(ours, theirs, dtype=np.float64))) <= allowed


def seconds(call: Callable[[], Result]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "other", "times"),
    [("imresize 1/3", "im2col", 3), ("imresize 3", "im2col", 3), ("imresize 3", "pixel loop", 50),
     ("SSIM", "im2col", 5), ("SSIM", "scikit-image", 1.2)],
)  # fmt: skip
def test_ours_is_so_many_times_as_fast(name: str, other: str, times: float) -> None:
    calls = [OPERATIONS[name][who] for who in ("ours", other)]
    rounds = [[seconds(call) for call in calls] for _ in range(6)][1:]  # the first finds no cache
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{name}: {1000 * ours:.1f} ms, {theirs / ours:.1f} times as fast as {other}")
    assert theirs / ours > times
