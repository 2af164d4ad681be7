"""DRCN against a second, functional copy and the published size."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor, nn

from memnet.models.config import DrcnConfig
from memnet.models.drcn import Drcn
from memnet.models.network import num_conv_weights
from tests.models.plain_vdsr_drcn import plain_drcn, random_drcn_tensors

MODULES = {
    "embed1": "embed.0",
    "embed2": "embed.1",
    "recursive": "recur",
    "recon1": "reconstruct.0",
    "recon2": "reconstruct.1",
}
NAMES = {
    f"{plain}.{kind}": f"{ours}.{kind}"
    for plain, ours in MODULES.items()
    for kind in ("weight", "bias")
} | {"output_weights": "output_weights"}


def transplanted(tensors: dict[str, Tensor], recursions: int, features: int) -> Drcn:
    network = Drcn(
        DrcnConfig(num_recursions=recursions, num_features=features, initialization="official")
    )
    network.to(tensors["output_weights"].dtype)
    network.load_state_dict({NAMES[name]: blob for name, blob in tensors.items()})
    return network


@pytest.mark.parametrize(("recursions", "features"), [(1, 2), (4, 5), (16, 6)])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)], ids=["f32", "f64"]
)
def test_equals_the_paper(
    recursions: int, features: int, dtype: torch.dtype, tolerance: float
) -> None:
    generator = torch.Generator().manual_seed(recursions)
    tensors = random_drcn_tensors(recursions, features, generator, dtype)
    network = transplanted(tensors, recursions, features)
    degraded = torch.rand(2, 1, 9, 12, generator=generator, dtype=torch.float64).to(dtype)
    with torch.no_grad():
        final, intermediate = network.predictions(degraded)
        expected, expected_intermediate = plain_drcn(tensors, degraded, num_recursions=recursions)
    assert len(intermediate) == recursions
    scale = max(1.0, float(expected.abs().max()))
    for ours, theirs in zip(
        [final, *intermediate], [expected, *expected_intermediate], strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance * scale)


def test_gradients_equal_those_of_the_plain_network() -> None:
    generator = torch.Generator().manual_seed(1)
    tensors = random_drcn_tensors(3, 4, generator)
    network = transplanted(tensors, 3, 4)
    for blob in tensors.values():
        blob.requires_grad_()
    degraded = torch.rand(2, 1, 7, 6, generator=generator, dtype=torch.float64)
    for final, intermediate in (
        network.predictions(degraded),
        plain_drcn(tensors, degraded, num_recursions=3),
    ):
        torch.stack([final, *intermediate]).square().sum().backward()
    for name, blob in tensors.items():
        gradient = network.get_parameter(NAMES[name]).grad
        assert torch.isfinite(gradient).all()
        torch.testing.assert_close(gradient, blob.grad)


def test_published_size() -> None:
    """1,774,080 weights: 1->F, F->F, shared F->F, F->F, F->1 with F = 256."""
    network = Drcn(DrcnConfig(num_recursions=16, num_features=256, initialization="official"))
    assert num_conv_weights(network) == 1_774_080
    assert sum(p.numel() for p in network.parameters()) == 1_774_080 + 4 * 256 + 1 + 16


def test_convolutions_are_shared_over_recursions() -> None:
    network = Drcn(DrcnConfig(num_recursions=5, num_features=2, initialization="official"))
    calls: list[nn.Module] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda module, _inputs, _output: calls.append(module))
    network(torch.rand(1, 1, 4, 4))
    counts = {name: calls.count(network.get_submodule(ours)) for name, ours in MODULES.items()}
    assert counts == {"embed1": 1, "embed2": 1, "recursive": 5, "recon1": 5, "recon2": 5}


def test_the_recursion_starts_as_the_identity() -> None:
    """All predictions of a fresh network agree, and so does their equally weighted sum."""
    network = Drcn(DrcnConfig(num_recursions=4, num_features=6, initialization="official"))
    with torch.no_grad():
        final, intermediate = network.predictions(torch.rand(1, 1, 8, 8))
    assert all(torch.equal(prediction, intermediate[0]) for prediction in intermediate)
    torch.testing.assert_close(final, intermediate[0])
    assert not network.recur.bias.any()


def test_without_reconstruction_only_the_input_is_left() -> None:
    tensors = random_drcn_tensors(3, 4, torch.Generator().manual_seed(2))
    tensors["recon2.weight"].zero_()
    tensors["recon2.bias"].zero_()
    degraded = torch.rand(1, 1, 6, 5, dtype=torch.float64)
    final, intermediate = transplanted(tensors, 3, 4).predictions(degraded)
    assert all(torch.equal(prediction, degraded) for prediction in intermediate)
    torch.testing.assert_close(final, degraded * tensors["output_weights"].sum())


@given(progress=st.floats(0, 1))
def test_loss_moves_from_the_recursions_to_the_final_prediction(progress: float) -> None:
    """L = alpha * mean of the D losses + (1 - alpha) * final loss, alpha from 1 to 0."""
    network = Drcn(DrcnConfig(num_recursions=4, num_features=2, initialization="official"))
    final, each = network.loss_weights(progress)
    assert final == pytest.approx(progress)
    assert final + 4 * each == pytest.approx(1.0)
    assert final >= 0
    assert each >= 0


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9))
def test_any_size_is_kept(height: int, width: int) -> None:
    network = Drcn(DrcnConfig(num_recursions=2, num_features=3, initialization="official"))
    degraded = torch.rand(2, 1, height, width)
    assert network(degraded).shape == degraded.shape


@pytest.mark.parametrize(
    ("recursions", "features", "named"), [(0, 4, "num_recursions"), (2, -1, "num_features")]
)
def test_invalid_configuration_names_the_key(recursions: int, features: int, named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        DrcnConfig(num_recursions=recursions, num_features=features, initialization="official")
