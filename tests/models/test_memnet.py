"""MemNet: its published sizes, what it shares, how it starts, what it accepts."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import nn

from memnet.models.memnet import MemNet
from memnet.models.network import num_conv_weights
from tests.models.memnet_twin import VARIANTS, both, config


@pytest.mark.parametrize(
    ("blocks", "recursions", "weights", "depth"),
    [
        # protocol of the paper and, for the depths, the prototxt names (80C64, 212C64)
        (6, 6, 676_992, 80),
        (10, 10, 1_373_312, 212),
        (4, 6, 435_328, 54),
        (6, 8, 726_144, 104),
    ],
)
def test_published_size(blocks: int, recursions: int, weights: int, depth: int) -> None:
    network = MemNet(config(blocks, recursions, 64))
    assert num_conv_weights(network) == weights
    assert network.config.depth == depth


def test_all_trainable_numbers_of_m6r6() -> None:
    """676,992 weights, 1,217 biases, 17,282 BN scales and shifts, 6 output weights."""
    network = MemNet(config(6, 6, 64))
    assert sum(p.numel() for p in network.parameters()) == 695_497
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 85
    assert all(norm.eps == 1e-5 for norm in norms)
    assert sum(p.numel() for norm in norms for p in norm.parameters()) == 17_282


def test_convolutions_are_shared_over_recursions_and_predictions() -> None:
    """The graph of M6R6 has 85 convolution layers, with 1 + 6 * 3 + 1 kernels between them."""
    network = MemNet(config(6, 6, 2))
    calls: list[nn.Module] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda module, _inputs, _output: calls.append(module))
    network(torch.rand(1, 1, 5, 5))
    assert len(calls) == 85
    assert len({id(module.weight) for module in calls}) == 20
    assert calls.count(network.blocks[3].conv_a) == calls.count(network.blocks[3].conv_b) == 6
    assert calls.count(network.reconstruct.conv) == 6


def test_receptive_field_is_what_the_gradient_reaches() -> None:
    network = MemNet(config(2, 2, 3)).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_().add_(0.01)  # no ReLU is closed
    assert config(6, 6, 64).receptive_field == 149
    side = network.config.receptive_field
    assert side == 21
    degraded = torch.rand(1, 1, 31, 31, dtype=torch.float64, requires_grad=True)
    network(degraded)[0, 0, 15, 15].backward()
    reached = degraded.grad[0, 0] != 0
    assert reached[5:26, 5:26].all()
    assert reached.sum() == side**2


@pytest.mark.parametrize(
    ("variant", "widths"),
    [("full", [4, 5, 6]), ("no-long-term", [3, 3, 3]), ("no-short-term", [2, 3, 4])],
)
def test_gate_width(variant: str, widths: list[int]) -> None:
    network = MemNet(config(3, 3, 8, **VARIANTS[variant]))
    assert [block.gate.conv.in_channels // 8 for block in network.blocks] == widths
    norms = network.gate_weight_norms()
    assert [len(norm) // 8 for norm in norms] == widths
    kernel = network.blocks[2].gate.conv.weight.detach()
    assert norms[2][5] == pytest.approx(
        sum(float(kernel[i, 5, 0, 0]) ** 2 for i in range(8)) ** 0.5, rel=1e-5
    )


@pytest.mark.parametrize("variant", ["full", "no-long-term"])
@pytest.mark.parametrize("training", [True, False])
def test_more_recursions_change_no_output_at_first(variant: str, training: bool) -> None:
    torch.manual_seed(0)
    network = MemNet(config(2, 1, 4, **VARIANTS[variant])).double().train(training)
    degraded = torch.rand(2, 1, 9, 9, dtype=torch.float64)
    network.train()(degraded)  # so that running statistics differ from those at the start
    network.train(training)
    with torch.no_grad():
        before = network(degraded)
        network.grow(3)
        after = network.train(training)(degraded)
    torch.testing.assert_close(after, before, rtol=1e-12, atol=1e-12)
    fresh = MemNet(config(2, 3, 4, **VARIANTS[variant])).double()
    assert network.config == fresh.config
    shapes = {name: tensor.shape for name, tensor in fresh.state_dict().items()}
    assert {name: tensor.shape for name, tensor in network.state_dict().items()} == shapes


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_reconstruction_only_the_input_is_left(variant: str) -> None:
    network, tensors, degraded = both((3, 2, 4), variant, training=True, dtype=torch.float64)
    nn.init.zeros_(network.reconstruct.conv.weight)
    nn.init.zeros_(network.reconstruct.conv.bias)
    weights = [blob for name, blob in tensors.items() if name.startswith("weight_output_end_")]
    expected = degraded * sum(weights) if weights else degraded
    with torch.no_grad():
        final, intermediate = network.predictions(degraded)
    torch.testing.assert_close(final, expected)
    assert all(torch.equal(prediction, degraded) for prediction in intermediate)


@pytest.mark.parametrize(("initialization", "total"), [("official", 3.0), ("zero_residual", 1.0)])
def test_output_weights_start_at_a_sum_or_a_mean(initialization: str, total: float) -> None:
    network = MemNet(config(3, 1, 4, initialization=initialization))
    assert float(network.output_weights.detach().sum()) == pytest.approx(total)
    assert len(set(network.output_weights.tolist())) == 1


def test_basic_network_has_no_output_weights_and_one_head() -> None:
    network = MemNet(config(3, 1, 4, multi_supervised=False))
    assert not hasattr(network, "output_weights")
    assert len(network.reconstruct.norms) == 1
    assert network.predictions(torch.rand(1, 1, 4, 4))[1] == []


def test_weights_start_as_the_msra_filler() -> None:
    """Caffe: Gaussian of variance 2 / fan-in, biases 0 (`msra` with its default variance norm)."""
    torch.manual_seed(0)
    network = MemNet(config(2, 1, 64))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan_in = module.weight[0].numel()
            spread = float(module.weight.detach().std() * (fan_in / 2) ** 0.5)
            assert spread == pytest.approx(1.0, abs=0.15)
            assert not module.bias.any()
    kernel = network.blocks[0].conv_a.weight.detach()
    assert float(kernel.std() * (9 * 64 / 2) ** 0.5) == pytest.approx(1.0, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), images=st.integers(1, 2))
def test_any_size_is_kept(height: int, width: int, images: int) -> None:
    network = MemNet(config(2, 1, 3)).eval()
    degraded = torch.rand(images, 1, height, width)
    with torch.no_grad():
        final, intermediate = network.predictions(degraded)
        torch.testing.assert_close(network(degraded), final)
    assert {tuple(y.shape) for y in [final, *intermediate]} == {(images, 1, height, width)}


def test_the_input_is_left_alone() -> None:
    network, _, degraded = both((2, 2, 4), "full", training=True, dtype=torch.float64)
    before = degraded.clone()
    network(degraded)
    assert torch.equal(degraded, before)


def test_all_losses_weigh_one() -> None:
    """Seven EuclideanLoss layers of loss_weight 1 in the prototxt of M6R6."""
    assert MemNet(config(2, 1, 2)).loss_weights(0.5) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"num_memory_blocks": 0}, "num_memory_blocks"),
        ({"num_recursions": 0}, "num_recursions"),
        ({"num_features": -4}, "num_features"),
        ({"num_features": 4.5}, "num_features"),
        ({"num_features": "64"}, "num_features"),
        ({"long_term": False, "short_term": False}, "long_term and short_term"),
        ({"num_features": 1001}, "num_features"),
        ({"num_memory_blocks": 100, "num_recursions": 5}, "at most 1000 layers, got 1102"),
        ({"initialization": "zero"}, "initialization"),
        ({"num_blocks": 6}, "num_blocks"),
    ],
    ids=str,
)
def test_invalid_configuration_names_the_key(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        config(2, 1, 4, **changes)


@pytest.mark.parametrize("multi_supervised", [True, False])
def test_zero_residual_initialization_returns_the_input(multi_supervised: bool) -> None:
    network = MemNet(
        config(3, 2, 4, initialization="zero_residual", multi_supervised=multi_supervised)
    )
    degraded = torch.rand(2, 1, 9, 7)
    torch.testing.assert_close(network(degraded), degraded)
