"""VDSR against a second, functional copy and the published size."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor, nn

from memnet.models.config import VdsrConfig
from memnet.models.network import num_conv_weights
from memnet.models.vdsr import Vdsr
from tests.models.plain_vdsr_drcn import plain_vdsr, random_vdsr_tensors


def transplant(tensors: dict[str, Tensor], network: Vdsr) -> None:
    network.load_state_dict(
        {
            f"convs.{layer - 1}.{kind}": tensors[f"conv{layer}.{kind}"]
            for layer in range(1, network.config.depth + 1)
            for kind in ("weight", "bias")
        }
    )


@pytest.mark.parametrize(("depth", "features"), [(3, 2), (7, 5), (20, 8)])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)], ids=["f32", "f64"]
)
def test_equals_the_paper(depth: int, features: int, dtype: torch.dtype, tolerance: float) -> None:
    generator = torch.Generator().manual_seed(depth)
    tensors = random_vdsr_tensors(depth, features, generator, dtype)
    network = Vdsr(VdsrConfig(depth=depth, num_features=features, initialization="official")).to(
        dtype
    )
    transplant(tensors, network)
    degraded = torch.rand(2, 1, 9, 12, generator=generator, dtype=torch.float64).to(dtype)
    with torch.no_grad():
        final, intermediate = network.predictions(degraded)
        expected = plain_vdsr(tensors, degraded, depth=depth)
    assert intermediate == []
    torch.testing.assert_close(final, expected, rtol=0, atol=tolerance)


def test_gradients_equal_those_of_the_plain_network() -> None:
    generator = torch.Generator().manual_seed(1)
    tensors = random_vdsr_tensors(5, 4, generator)
    network = Vdsr(VdsrConfig(depth=5, num_features=4, initialization="official")).double()
    transplant(tensors, network)
    leaves = {name: blob.requires_grad_() for name, blob in tensors.items()}
    degraded = torch.rand(2, 1, 7, 6, generator=generator, dtype=torch.float64)
    network(degraded).square().sum().backward()
    plain_vdsr(tensors, degraded, depth=5).square().sum().backward()
    for layer in range(1, 6):
        for kind in ("weight", "bias"):
            gradient = network.get_parameter(f"convs.{layer - 1}.{kind}").grad
            assert torch.isfinite(gradient).all()
            torch.testing.assert_close(gradient, leaves[f"conv{layer}.{kind}"].grad)


def test_published_size() -> None:
    """664,704 weights (2 * 576 + 18 * 36,864), 1,153 biases."""
    network = Vdsr(VdsrConfig(depth=20, num_features=64, initialization="official"))
    assert num_conv_weights(network) == 664_704
    assert sum(p.numel() for p in network.parameters()) == 664_704 + 19 * 64 + 1
    assert sum(isinstance(m, nn.Conv2d) for m in network.modules()) == 20


def test_without_the_last_layer_only_the_input_is_left() -> None:
    network = Vdsr(VdsrConfig(depth=4, num_features=3, initialization="official"))
    nn.init.zeros_(network.convs[-1].weight)
    degraded = torch.rand(1, 1, 6, 5)
    assert torch.equal(network(degraded), degraded)


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9))
def test_any_size_is_kept(height: int, width: int) -> None:
    network = Vdsr(VdsrConfig(depth=4, num_features=3, initialization="official"))
    degraded = torch.rand(2, 1, height, width)
    assert network(degraded).shape == degraded.shape


@pytest.mark.parametrize(
    ("depth", "features", "named"), [(2, 4, "depth"), (20, 0, "num_features"), (20, -1, "features")]
)
def test_invalid_configuration_names_the_key(depth: int, features: int, named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        VdsrConfig(depth=depth, num_features=features, initialization="official")
