"""BM3D by its authors' package, which is an extra."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from memnet.errors import InputError
from memnet.imaging.io import read_image
from memnet.imaging.noise import add_gaussian_noise
from memnet.imaging.resize import imresize
from memnet.methods.bm3d import bm3d
from memnet.methods.callables import CallableRestorer
from memnet.tasks import TASKS
from memnet.tasks.task import DegradedImage

SIGMA = 25
NOISE = np.random.default_rng(0).normal(0, 300, (32, 32))
TARGET = np.clip(gaussian_filter(NOISE, 2) + 128, 0, 255).astype(np.uint8)
NOISY = add_gaussian_noise(TARGET, SIGMA, seed=0)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm3d", None)  # importing it raises ImportError
    sentence = "BM3D needs the package bm3d, free for non-commercial use: pip install bm3d"
    seen = DegradedImage(NOISY, SIGMA, "tiny", "bird", 0, None)
    for method in (
        lambda: bm3d(NOISY, SIGMA),
        lambda: CallableRestorer("memnet.methods.bm3d:bm3d")(seen),
    ):
        with pytest.raises(InputError) as error:
            method()
        assert str(error.value) == sentence


def test_noise_is_removed() -> None:
    pytest.importorskip("bm3d", reason="needs the extra: pip install bm3d")
    restored = CallableRestorer("memnet.methods.bm3d:bm3d")(
        DegradedImage(NOISY, SIGMA, "tiny", "bird", 0, None)
    )
    assert restored.dtype == np.float32 and restored.shape == TARGET.shape
    before, after = (np.mean((plane - TARGET / 255) ** 2) for plane in (NOISY, restored))
    assert after < before / 4


def half(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return imresize(image, 0.5, border="symmetric")


grey = TASKS["denoising"].plane
MADE: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    "grey": grey,
    "half size, then grey": lambda image: grey(half(image)),
    "grey, then half size": lambda image: half(grey(image)),
}


def psnr_of(path: Path, made: str, sigma: int, seed: int) -> float:
    """PSNR of BM3D on one image by our protocol."""
    task, target = TASKS["denoising"], MADE[made](read_image(path, min_side=32))
    pair = task.degrade(target, sigma, seed=seed)
    return task.score(bm3d(pair.degraded, sigma), pair.target, sigma).psnr


@pytest.mark.mirror
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("folder", "made", "sigma", "seeds", "published", "within"),
    [
        # Mao et al., NIPS 2016, Tables 1 and 2; it does not say by what BSD200 is resized.
        ("s14", "grey", 30, (0, 1, 2), 28.49, 0.06),
        ("s14", "grey", 50, (0, 1, 2), 26.08, 0.07),
        ("s14", "grey", 70, (0, 1, 2), 24.65, 0.05),
        ("bsds500/test", "half size, then grey", 30, (0,), 27.31, 0.06),
        ("bsds500/test", "grey, then half size", 30, (0,), 27.31, 0.06),
    ],
)
def test_bm3d_as_published(
    mirror: Path, folder: str, made: str, sigma: int, seeds: tuple[int, ...],
    published: float, within: float,
) -> None:  # fmt: skip
    pytest.importorskip("bm3d", reason="needs the extra: pip install bm3d")
    paths = sorted(path for path in (mirror / folder).iterdir() if path.suffix in (".bmp", ".jpg"))
    jobs = (delayed(psnr_of)(path, made, sigma, seed) for path in paths for seed in seeds)
    assert np.mean(Parallel(n_jobs=-1)(jobs)) == pytest.approx(published, abs=within)
