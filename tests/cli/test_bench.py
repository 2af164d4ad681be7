"""`memnet bench`: its tables, and the JSON that it writes."""

from collections.abc import Callable
from pathlib import Path

import torch

from memnet.files import read_json


def test_restore_prints_a_table_and_writes_json(said: Callable[..., str], project: Path) -> None:
    before = torch.get_num_threads()
    try:
        out = said(
            "bench", "restore", "--blocks", "1", "--recursions", "2", "--features", "4",
            "--size", "16", "--rounds", "1", "--threads", "1", "-o", "bench.json",
        )  # fmt: skip
    finally:
        torch.set_num_threads(before)
    assert "M1R2, 4 features, 16x16, 1 threads" in out
    assert "ceiling, measured in this run" in out
    found = read_json(project / "bench.json")
    assert found["network"]["num_recursions"] == 2
    assert (found["size"], found["rounds"], found["environment"]["threads"]) == (16, 1, 1)
    assert found["ceiling"]["convolution"] > 0 and found["ceiling"]["product"] > 0
    names = [variant["name"] for variant in found["variants"]]
    assert names == ["plain", "plain, channels last", "folded"]
    for variant in found["variants"]:
        assert set(variant) == {
            "name", "seconds", "megapixels_per_second", "flops", "share", "speedup", "peak_bytes",
            "error", "psnr_error",
        }  # fmt: skip
        assert variant["name"] in out
        assert variant["seconds"] > 0
