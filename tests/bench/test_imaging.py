"""Implementations side by side: equal numbers where they claim to compute the same."""

import numpy as np
import pytest

from memnet.bench.imaging import HEIGHT, OURS, WIDTH, Timing, bench_degrading, bench_imaging


@pytest.fixture(scope="module")
def timings() -> list[Timing]:
    return bench_imaging(rounds=1, report=lambda done, total, note: None)


def test_ours_leads_every_operation(timings: list[Timing]) -> None:
    operations = dict.fromkeys(timing.operation for timing in timings)
    assert list(operations) == ["luminance", "imresize 1/3", "imresize 3", "PSNR", "SSIM"]
    for operation in operations:
        first, *others = (timing for timing in timings if timing.operation == operation)
        assert (first.implementation, first.times_ours, first.difference) == (OURS, 1, 0)
        assert others
        for other in others:
            assert other.times_ours == pytest.approx(other.seconds / first.seconds)


def test_all_compute_the_same(timings: list[Timing]) -> None:
    for timing in timings:
        # scikit-image works with 255 = 1, so that a luminance on the edge of two may fall
        # to the other side.
        allowed = (
            1
            if (timing.operation, timing.implementation) == ("luminance", "scikit-image")
            else 1e-9
        )
        assert timing.difference <= allowed, timing


def test_images_are_degraded_for_each_task() -> None:
    seen: list[tuple[int, int, str]] = []
    found = bench_degrading(images=2, report=lambda *step: seen.append(step))
    assert [one.task for one in found] == ["super_resolution", "denoising", "jpeg_deblocking"]
    assert all(one.images == 2 and np.isfinite(one.per_second) for one in found)
    assert len({one.decoded_per_second for one in found}) == 1
    assert seen[0] == (0, 6, "super_resolution") and seen[-1] == (6, 6, "")
    assert (HEIGHT, WIDTH) == (321, 481)  # as in BSDS500
