"""MemNet computes what the authors' prototxt says: equality with a second, functional copy."""

import pytest
import torch
from torch import Tensor

from tests.models.memnet_twin import VARIANTS, Size, both, plain, state_dict_names

PRECISIONS = [  # (M, R, features), type, largest difference
    ((1, 1, 3), torch.float32, 1e-5),
    ((2, 3, 8), torch.float32, 1e-5),
    ((3, 2, 5), torch.float32, 1e-5),
    ((6, 6, 8), torch.float32, 1e-4),  # batch statistics amplify rounding from layer to layer
    ((1, 1, 3), torch.float64, 1e-10),
    ((3, 2, 5), torch.float64, 1e-10),
    ((6, 6, 8), torch.float64, 1e-10),
]


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("size", "dtype", "tolerance"), PRECISIONS, ids=str)
def test_equals_prototxt(
    size: Size, variant: str, training: bool, dtype: torch.dtype, tolerance: float
) -> None:
    network, tensors, degraded = both(size, variant, training=training, dtype=dtype)
    with torch.no_grad():
        final, intermediate = network.predictions(degraded)
        expected, expected_intermediate = plain(size, variant, tensors, degraded, training)
    assert len(intermediate) == len(expected_intermediate)
    for ours, theirs in zip(
        [final, *intermediate], [expected, *expected_intermediate], strict=True
    ):
        assert ours.dtype == dtype
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_gradients_equal_those_of_the_prototxt(variant: str, training: bool) -> None:
    size = (3, 2, 5)
    network, tensors, degraded = both(size, variant, training=training, dtype=torch.float64)
    leaves = {n: t.requires_grad_() for n, t in tensors.items() if not n.startswith("bn_")}

    for final, intermediate in (
        network.predictions(degraded),
        plain(size, variant, tensors, degraded, training),
    ):
        torch.stack([final, *intermediate]).square().sum().backward()

    ours = dict(network.named_parameters())
    names = state_dict_names(*size[:2], VARIANTS[variant].get("multi_supervised", True))
    for caffe, leaf in leaves.items():
        if caffe.startswith("weight_output_end_"):
            gradient = ours["output_weights"].grad[int(caffe[-2:]) - 1]
        else:
            gradient = ours[names[caffe]].grad
        assert torch.isfinite(gradient).all()
        torch.testing.assert_close(gradient, leaf.grad, rtol=1e-9, atol=1e-9)
    num_checked = sum(leaf.numel() for leaf in leaves.values())
    assert num_checked == sum(p.numel() for p in ours.values())


def test_evaluation_uses_stored_and_training_batch_statistics() -> None:
    network, _, degraded = both((2, 2, 4), "full", training=False, dtype=torch.float64)
    with torch.no_grad():
        alone, together = network(degraded[:1]), network(degraded)[:1]
        torch.testing.assert_close(alone, together)
        network.train()
        assert (network(degraded[:1]) - network(degraded)[:1]).abs().max() > 1e-3


@pytest.mark.parametrize("slot", range(5))
def test_gate_reads_long_term_then_short_term_memory(slot: int) -> None:
    """Gate 2 made to pass one slot of its input shows what lies there: B_0 B_1 H^1 H^2 H^3."""
    network, _, degraded = both((2, 3, 4), "full", training=False, dtype=torch.float64)
    gate = network.blocks[1].gate
    seen: list[Tensor] = []
    for module in (network.extract, network.blocks[0], *network.blocks[1].units):
        module.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        gate.norm.reset_running_stats()
        gate.norm.reset_parameters()
        gate.conv.weight.zero_()
        gate.conv.weight[:, 4 * slot : 4 * slot + 4, 0, 0] = torch.eye(4, dtype=torch.float64)
        gate.conv.bias.zero_()
        blocks: list[Tensor] = []
        network.blocks[1].register_forward_hook(lambda _m, _i, output: blocks.append(output))
        network(degraded)
    expected = seen[slot].relu() / (1 + 1e-5) ** 0.5
    assert expected.max() > 0
    torch.testing.assert_close(blocks[0], expected)


def test_another_order_of_the_gate_inputs_is_another_network() -> None:
    size = (2, 3, 4)
    network, tensors, degraded = both(size, "full", training=False, dtype=torch.float64)
    short_term_first = torch.arange(5).roll(3).repeat_interleave(4) * 4 + torch.arange(4).repeat(5)
    for name in list(tensors):
        if "conv_transition_02" in name and name.endswith((".mean", ".variance", "gamma", "beta")):
            tensors[name] = tensors[name][short_term_first]
    gate = "conv_transition_02.weight"
    tensors[gate] = tensors[gate][:, short_term_first]
    with torch.no_grad():
        final, _ = plain(size, "full", tensors, degraded, training=False)
        assert (network(degraded) - final).abs().max() > 1e-3
