"""The folded MemNet computes what the plain one does, and is what restores."""

from importlib.util import find_spec

import numpy as np
import pytest
import torch
from torch import nn

from memnet.imaging.metrics import psnr
from memnet.imaging.photo import Photo
from memnet.inference.engine import fastest_engine
from memnet.inference.folded import FoldedMemNet
from memnet.inference.photo import restore_photo
from memnet.inference.restore import restore
from memnet.methods.network import NetworkRestorer
from memnet.models.config import VdsrConfig
from memnet.models.vdsr import Vdsr
from memnet.tasks.task import DegradedImage
from tests.models.memnet_twin import VARIANTS, Size, config, lively

CPU = torch.device("cpu")
SIZES: list[Size] = [(3, 2, 8), (1, 1, 4), (1, 3, 5), (2, 1, 1)]
each_variant = pytest.mark.parametrize("variant", VARIANTS)
each_size = pytest.mark.parametrize("size", SIZES, ids=str)


def plane(height: int, width: int, batch: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(batch, 1, height, width, generator=generator)


@each_variant
@each_size
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (7, 1), (13, 22), (61, 47)])
def test_folded_equals_plain(variant: str, size: Size, height: int, width: int) -> None:
    network = lively(config(*size, **VARIANTS[variant]))
    degraded = plane(height, width)
    with torch.inference_mode():
        plain, ours = network(degraded), FoldedMemNet(network)(degraded)
        assert torch.equal(network(degraded), plain)  # its weights are as they were
    assert ours.shape == plain.shape == degraded.shape
    span = max(1.0, float(plain.abs().max()))
    assert (ours - plain).abs().max() <= 1e-6 * span
    assert (plain - degraded).abs().max() > 1e-3  # there is something to compare


@each_variant
def test_folded_predicts_what_each_block_of_the_plain_one_does(variant: str) -> None:
    network = lively(config(3, 2, 8, **VARIANTS[variant]))
    degraded = plane(13, 22)
    with torch.inference_mode():
        final, intermediate = network.predictions(degraded)
        ours, others = FoldedMemNet(network).predictions(degraded)
    torch.testing.assert_close(ours, final, rtol=0, atol=1e-6 * max(1, float(final.abs().max())))
    assert len(others) == len(intermediate)
    for found, expected in zip(others, intermediate, strict=True):
        span = max(1.0, float(expected.abs().max()))
        assert (found - expected).abs().max() <= 1e-6 * span


@each_variant
@each_size
def test_folding_is_exact_but_for_rounding(variant: str, size: Size) -> None:
    network = lively(config(*size, **VARIANTS[variant])).double()
    degraded = plane(9, 14, batch=3).double()
    with torch.inference_mode():
        torch.testing.assert_close(
            FoldedMemNet(network)(degraded), network(degraded), rtol=1e-12, atol=1e-12
        )


@pytest.fixture(params=["folded", "openvino"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each engine of a CPU, as the fastest that is to be had."""
    name: str = request.param
    if name == "openvino":
        pytest.importorskip("openvino", reason="needs pip install -e '.[openvino]'")
        monkeypatch.setattr("memnet.inference.engine.find_spec", find_spec)
    return name


@pytest.mark.parametrize("tile_core", [None, 10])
def test_a_memnet_is_restored_by_the_fastest_and_its_psnr_stays(
    engine: str, tile_core: int | None
) -> None:
    network = lively(config(3, 3, 16))
    with torch.no_grad():
        network.output_weights.fill_(1 / 3)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    rng = np.random.default_rng(0)
    target = rng.random((57, 43), np.float32)
    degraded = target + np.float32(0.1) * rng.standard_normal(target.shape, np.float32)
    method = NetworkRestorer(network, tile_core, CPU)
    ours = method(DegradedImage(degraded, 30, "tiny", "bird", 0, None))
    plain = restore(network, degraded, tile_core=tile_core, device=CPU)
    assert method.engine.name == engine
    np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-6)
    of_ours, of_plain = (
        psnr(255 * x, 255 * target, data_range=255, border=0) for x in (ours, plain)
    )
    assert abs(of_ours - of_plain) <= 1e-4
    assert not np.array_equal(ours, plain)  # another order of sums: it is not the plain network
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_photo_is_restored_by_the_fastest(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[torch.Size] = []
    network = lively(config(1, 1, 2))
    kind = type(fastest_engine(network, CPU).module)
    forward = kind.forward

    def counted(self: nn.Module, degraded: torch.Tensor) -> torch.Tensor:
        calls.append(degraded.shape)
        return forward(self, degraded)

    monkeypatch.setattr(kind, "forward", counted)
    photo = Photo(np.zeros((6, 8), np.uint8), None, None)
    restore_photo(photo, network, task="denoising", level=30, device=CPU)
    assert kind.__name__.lower() == f"{engine}memnet"
    assert calls == [(1, 1, 6, 8)]


def test_other_networks_and_devices_stay_plain(engine: str) -> None:
    vdsr = Vdsr(VdsrConfig(depth=3, num_features=2, initialization="official")).eval()
    assert fastest_engine(vdsr, CPU) == ("plain", vdsr)
    assert NetworkRestorer(vdsr, None, CPU).engine.name == "plain"
    memnet = lively(config(1, 1, 2))
    assert fastest_engine(memnet, torch.device("cuda")) == ("plain", memnet)
    assert fastest_engine(memnet, CPU).name == engine


def test_recursions_share_their_convolutions() -> None:
    network = lively(config(2, 3, 4))
    ours = {p.data_ptr() for p in FoldedMemNet(network).parameters()}
    assert ours == {p.data_ptr() for p in network.parameters()}
