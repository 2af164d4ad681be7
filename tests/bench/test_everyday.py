"""What happens every day: imports, and the cutting of patches beside the step that they feed."""

import statistics
import subprocess
import sys
import time

import pytest
import torch

from memnet.bench.train import Variant, bench_train
from memnet.data.patches import PatchSampler, Planes
from memnet.models.config import MemNetConfig

CPU = torch.device("cpu")
pytestmark = pytest.mark.slow


def seconds(code: str) -> float:
    def once() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(5))


def test_importing_is_free() -> None:
    nothing, memnet, torch_alone, network = (
        seconds(code)
        for code in ("", "import memnet", "import torch", "import memnet.models.network")
    )
    print(f"import memnet {memnet - nothing:.2f} s, torch {torch_alone - nothing:.2f} s, "
          f"a network {network - nothing:.2f} s")  # fmt: skip
    assert memnet - nothing < 0.05
    assert network < 1.5 * torch_alone


def test_cutting_patches_is_a_thousandth_of_a_step() -> None:
    side, stride, (height, width), images = 31, 21, (321, 481), 300
    size = height * width
    targets = torch.randint(256, (images * size,), dtype=torch.uint8)
    entries = [torch.arange(images) * size] + [torch.full((images,), n) for n in (height, width, 2)]
    source = PatchSampler(
        Planes(targets, targets / 255, *entries), patch_size=side, stride=stride, batch_size=16,
        seed=0, device=CPU,
    )  # fmt: skip
    source.batch(0)  # draws the order of the epoch
    began = time.perf_counter()
    for number in range(1, 101):
        source.batch(number)
    cut = (time.perf_counter() - began) / 100
    _, (step,) = bench_train(
        MemNetConfig(), [Variant("plain, channels last", "plain", True, "float32")], batch_size=16,
        patch_size=side, rounds=2, device=CPU, report=lambda done, total, note: None,
    )  # fmt: skip
    share = cut / step["seconds"]
    print(f"cutting 16 patches: {1000 * cut:.1f} ms, {share:.2%} of a step of M6R6")
    assert share < 0.005
