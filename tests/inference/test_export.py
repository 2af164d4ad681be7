"""A network in other programs: onnxruntime and torch.export give what PyTorch does."""

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import memnet
from memnet.cli import app
from memnet.errors import InputError
from memnet.inference.export import export_network
from memnet.models.config import LapsrnConfig
from memnet.models.lapsrn import Lapsrn

SHAPES = [(1, 1, 7, 9), (1, 1, 64, 81), (3, 1, 40, 120)]


@pytest.fixture
def planes() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.rand(shape) for shape in SHAPES]


def test_onnx(tmp_path: Path, planes: list[torch.Tensor]) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
    network, file = memnet.load("memnet-small-denoise"), tmp_path / "net.onnx"
    export_network(network, file)
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
    session = runtime.InferenceSession(file)
    for plane in planes:
        [got] = session.run(["restored"], {"degraded": plane.numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(got, network(plane).numpy(), rtol=0, atol=1e-4)


@pytest.mark.parametrize("enlarges", [False, True])
def test_pt2(tmp_path: Path, planes: list[torch.Tensor], enlarges: bool) -> None:
    network = memnet.load("memnet-small-sr")
    if enlarges:
        network = Lapsrn(LapsrnConfig(scales=[4], num_features=4)).eval().at_level(4)
    export_network(network, tmp_path / "net.pt2")
    program = torch.export.load(tmp_path / "net.pt2").module()
    for plane in planes:
        with torch.inference_mode():
            assert torch.equal(program(plane), network(plane))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["memnet-small-sr", "-o", "net.pth"], "--out must be a .onnx or .pt2 file, got net.pth"),
        (["memnet-small-sr", "-o", "net.pt2", "--scale", "2"],
         "memnet-small-sr must be given neither --scale nor --quality"),
        (["nothing", "-o", "net.pt2"], "method must be a network (memnet-small-denoise, "),
    ],
)  # fmt: skip
def test_faults(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["export", *arguments])
    assert isinstance(result.exception, InputError) and str(result.exception).startswith(told)
    assert list(tmp_path.iterdir()) == []
