"""Gaussian noise: its size, its stream, and that nothing is clipped."""

import numpy as np
import pytest

from memnet.imaging.noise import add_gaussian_noise

GREY = np.full((256, 256), 128, np.uint8)


@pytest.mark.parametrize("sigma", [30, 50, 70])
def test_moments(sigma: int) -> None:
    noise = add_gaussian_noise(GREY, sigma, seed=0) * 255.0 - 128
    standard_error = sigma / 256  # of the mean of 65536 draws
    assert abs(noise.mean()) < 4 * standard_error
    assert abs(noise.std() - sigma) < 4 * standard_error
    assert abs((noise**4).mean() / sigma**4 - 3) < 0.1  # as a Gaussian has


def test_the_stream_is_the_frozen_one_of_numpy() -> None:
    # The first draws of MT19937 with the polar method, which NumPy has promised since 1.17 never
    # to change: np.random.RandomState(0).standard_normal(3), printed by NumPy 2.
    draws = [1.764052345967664, 0.4001572083672233, 0.9787379841057392]
    got = add_gaussian_noise(np.zeros((1, 3), np.uint8), 51, seed=0)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got[0], (np.array(draws) * 0.2).astype(np.float32))


def test_one_seed_one_noise_whatever_was_drawn_before() -> None:
    first = add_gaussian_noise(GREY, 30, seed=1)
    np.random.seed(7)
    np.testing.assert_array_equal(add_gaussian_noise(GREY, 30, seed=1), first)
    assert (add_gaussian_noise(GREY, 30, seed=2) != first).mean() > 0.99


def test_the_global_generator_is_left_alone() -> None:
    np.random.seed(7)
    expected = np.random.random()
    np.random.seed(7)
    add_gaussian_noise(GREY, 30, seed=1)
    assert np.random.random() == expected


def test_equal_sizes_get_equal_noise_scaled_by_sigma() -> None:
    black = np.zeros((32, 32), np.uint8)
    a, b = (add_gaussian_noise(black, sigma, seed=0) for sigma in (25, 50))
    np.testing.assert_allclose(2 * a, b, rtol=1e-6)


def test_nothing_is_clipped_or_rounded() -> None:
    for level in (0, 255):
        noisy = add_gaussian_noise(np.full((64, 64), level, np.uint8), 50, seed=0)
        assert noisy.min() < 0 or noisy.max() > 1
        outside = (noisy < 0) if level == 0 else (noisy > 1)
        assert 0.45 < outside.mean() < 0.55
        assert len(np.unique(noisy)) > 4000
