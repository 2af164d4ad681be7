"""BM3D by its authors' package, which is an extra."""

import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from memnet.errors import InputError
from memnet.imaging.noise import add_gaussian_noise
from memnet.methods.bm3d import bm3d
from memnet.methods.callables import CallableRestorer
from memnet.tasks.task import Observation

SIGMA = 25
NOISE = np.random.default_rng(0).normal(0, 300, (32, 32))
TARGET = np.clip(gaussian_filter(NOISE, 2) + 128, 0, 255).astype(np.uint8)
NOISY = add_gaussian_noise(TARGET, SIGMA, seed=0)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm3d", None)  # importing it raises ImportError
    sentence = (
        "BM3D needs the package bm3d, free for non-commercial use: pip install 'memnet[bm3d]'"
    )
    observation = Observation(NOISY, SIGMA, "tiny", "bird", 0, None)
    for method in (
        lambda: bm3d(NOISY, SIGMA),
        lambda: CallableRestorer("memnet.methods.bm3d:bm3d")(observation),
    ):
        with pytest.raises(InputError) as error:
            method()
        assert str(error.value) == sentence


def test_noise_is_removed() -> None:
    pytest.importorskip("bm3d", reason="needs the extra: pip install 'memnet[bm3d]'")
    restored = CallableRestorer("memnet.methods.bm3d:bm3d")(
        Observation(NOISY, SIGMA, "tiny", "bird", 0, None)
    )
    assert restored.dtype == np.float32 and restored.shape == TARGET.shape
    before, after = (np.mean((plane - TARGET / 255) ** 2) for plane in (NOISY, restored))
    assert after < before / 4
