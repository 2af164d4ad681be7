"""Engines side by side: what is measured, and that the folded one needs less memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memnet.bench.restore import bench_restore
from tests.models.memnet_twin import config

CHILD = """
import sys, torch
from memnet.bench.restore import bench_restore
from tests.models.memnet_twin import config

torch.set_num_threads(1)
_, timings = bench_restore(config(6, 6, 16), side=160, rounds=1, report=lambda *_: None)
print(*(timing['peak_bytes'] for timing in timings))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read in /proc")
def test_folded_needs_at_most_two_fifths_of_the_memory() -> None:
    # glibc else keeps freed maps of this size, and finds no use for some of them.
    child = subprocess.run(
        [sys.executable, "-c", CHILD], capture_output=True, text=True, check=True,
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "1000000"},
    )  # fmt: skip
    plain, channels_last, ours = (int(word) for word in child.stdout.split())
    feature_map = 16 * 160 * 160 * 4
    # Plain: six long-term and six short-term memories, and those side by side; then normalised.
    assert min(plain, channels_last) >= 24 * feature_map
    assert ours <= 0.4 * min(plain, channels_last)


def test_bench_compares_with_the_plain_network() -> None:
    seen: list[tuple[int, int, str]] = []
    ceiling, timings = bench_restore(
        config(1, 1, 8), side=20, rounds=2, report=lambda *step: seen.append(step)
    )
    assert [t["name"] for t in timings] == ["plain", "plain, channels last", "folded"]
    assert [timings[0][key] for key in ("speedup", "error", "psnr_error")] == [1, 0, 0]
    assert max(t["error"] for t in timings) <= 1e-6
    assert max(t["psnr_error"] for t in timings) <= 1e-4
    assert min(ceiling.convolution, ceiling.product) > 0 and all(t["seconds"] > 0 for t in timings)
    # 1 -> 8, two 8 -> 8, gate 16 -> 8 and end 8 -> 1, two operations a multiply-add
    flops = 2 * 20 * 20 * (9 * 8 + 2 * 9 * 64 + 16 * 8 + 9 * 8)
    for t in timings:
        assert t["flops"] * t["seconds"] == pytest.approx(flops)
        assert t["megapixels_per_second"] * t["seconds"] == pytest.approx(400 / 1e6)
        assert t["share"] * ceiling.convolution == pytest.approx(t["flops"])
    assert seen[0] == (0, 6, "plain") and seen[-1] == (6, 6, "")
