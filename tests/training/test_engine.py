"""The compiled engine computes what the plain network computes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from memnet.bench.train import Variant, bench_train
from memnet.errors import InputError
from memnet.models.config import MemNetConfig, VdsrConfig
from memnet.models.fused import FusedMemNet
from memnet.models.memnet import MemNet
from memnet.models.vdsr import Vdsr
from memnet.training import engine as engines
from memnet.training.engine import precision_of, predictions_by

CPU = torch.device("cpu")
VARIANTS: dict[str, dict[str, bool]] = {
    "full": {},
    "no-long-term": {"long_term": False},
    "no-short-term": {"short_term": False},
    "basic": {"multi_supervised": False},
}
Predictions = Callable[[Tensor], tuple[Tensor, list[Tensor]]]


def config(**changes: Any) -> MemNetConfig:
    values = {
        "num_memory_blocks": 2, "num_recursions": 3, "num_features": 8, "multi_supervised": True,
        "long_term": True, "short_term": True, "initialization": "official",
    }  # fmt: skip
    return MemNetConfig.model_validate(values | changes)


def same(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def one_step(network: MemNet, predictions: Predictions) -> list[Tensor]:
    """Outputs, gradients and running statistics of a step; the loss sees every prediction."""
    generator = torch.Generator().manual_seed(3)
    degraded = torch.rand(3, 1, 12, 9, generator=generator)
    final, intermediate = predictions(degraded)
    torch.stack([final, *intermediate]).square().sum().backward()
    gradients = torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])
    buffers = [b.clone().float() for b in network.buffers()]
    return [final.detach(), *(y.detach() for y in intermediate), gradients, *buffers]


def pair(settings: MemNetConfig) -> tuple[MemNet, MemNet]:
    """Two equal networks in training mode, away from where they start."""
    torch.manual_seed(0)
    network = MemNet(settings).train()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.3
    return network, copy.deepcopy(network).to(memory_format=torch.channels_last)


def require_same(ours: list[Tensor], plain: list[Tensor]) -> None:
    for a, b in zip(ours, plain, strict=True):
        assert (a - b).abs().max() <= 1e-5 * max(1.0, float(b.abs().max()))


@pytest.mark.parametrize("variant", VARIANTS)
def test_fused_forward_equals_the_plain_one(variant: str) -> None:
    plain, other = pair(config(**VARIANTS[variant]))
    fused = FusedMemNet(other, part=same, whole=same)
    for _ in range(2):  # statistics go on from step to step
        for network in (plain, other):
            network.zero_grad(set_to_none=True)
        require_same(one_step(other, fused), one_step(plain, plain.predictions))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "whole", [False, True], ids=["by parts, as on a CPU", "whole, as on a GPU"]
)
def test_compiled_equals_plain_and_is_compiled_once(whole: bool) -> None:
    plain, other = pair(config(num_recursions=2))
    compiled: Predictions = predictions_by("compiled", other, CPU)
    if whole:
        compiled = FusedMemNet(other, part=same, whole=engines._compile)
    for momentum in (0.3, 0.2):  # another number must not compile anything anew
        before = torch._dynamo.utils.counters["stats"]["unique_graphs"]
        for network in (plain, other):
            network.zero_grad(set_to_none=True)
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.momentum = momentum
        require_same(one_step(other, compiled), one_step(plain, plain.predictions))
        graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"] - before
        assert (graphs > 0) == (momentum == 0.3)


@pytest.mark.parametrize("mode", ["default", "error"])
def test_the_compiler_is_deterministic_where_torch_is(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    from torch._inductor import config

    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode(mode)
    network = Vdsr(VdsrConfig(depth=3, num_features=2, initialization="official"))
    try:
        with config.patch(deterministic=False):
            predictions_by("compiled", network, CPU)
            assert config.deterministic == (mode == "error")
    finally:
        torch.set_deterministic_debug_mode(before)


def test_plain_is_the_network_itself() -> None:
    network = Vdsr(VdsrConfig(depth=3, num_features=4, initialization="official"))
    assert predictions_by("plain", network, CPU) == network.predictions


def test_faults_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    network = MemNet(config())
    with pytest.raises(InputError) as error:
        predictions_by("fast", network, CPU)
    assert str(error.value) == "engine must be one of plain, compiled, got 'fast'"
    monkeypatch.setattr(engines.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"needs a C\+\+ compiler .* take plain"):
        predictions_by("compiled", network, CPU)
    tf32, half = precision_of("tf32", CPU), precision_of("half", CPU)
    with pytest.raises(InputError, match="tf32 is one of GPUs: take float32"), tf32:
        pass
    with pytest.raises(InputError, match="precision must be one of float32, tf32, bfloat16"), half:
        pass


@pytest.mark.parametrize("allowed", [False, True])
def test_a_precision_ends_with_its_block(allowed: bool) -> None:
    cudnn, product = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, product.allow_tf32
    try:
        cudnn.allow_tf32 = product.allow_tf32 = allowed
        a = torch.ones(2, 2)
        with precision_of("bfloat16", CPU):
            assert (a @ a).dtype == torch.bfloat16
            assert (cudnn.allow_tf32, product.allow_tf32) == (False, False)
        with precision_of("tf32", torch.device("cuda")):
            assert (cudnn.allow_tf32, product.allow_tf32) == (True, True)
        assert (a @ a).dtype == torch.float32
        assert (cudnn.allow_tf32, product.allow_tf32) == (allowed, allowed)
    finally:
        cudnn.allow_tf32, product.allow_tf32 = before


def test_bench_compares_with_the_first() -> None:
    variants = [
        Variant("plain", "plain", False, "float32"),
        Variant("channels last", "plain", True, "float32"),
        Variant("bfloat16", "plain", False, "bfloat16"),
    ]
    seen: list[tuple[int, int, str]] = []
    ceiling, timings = bench_train(
        config(num_memory_blocks=1, num_recursions=1), variants, batch_size=2, patch_size=8,
        rounds=2, device=CPU, report=lambda *step: seen.append(step),
    )  # fmt: skip
    assert [t["name"] for t in timings] == ["plain", "channels last", "bfloat16"]
    first = timings[0]
    assert (first["speedup"], first["loss_error"], first["gradient_error"]) == (1, 0, 0)
    assert timings[1]["gradient_error"] < 1e-5 < timings[2]["gradient_error"]
    assert min(ceiling) > 0 and all(t["seconds"] > 0 for t in timings)
    # 1 -> 8, two 8 -> 8, gate 16 -> 8 and end 8 -> 1, forward and two backward; the input of the
    # first convolution has parameters before it, so that its gradient is needed as well.
    weights = 9 * 8 + 2 * 9 * 64 + 16 * 8 + 9 * 8
    flops = 3 * 2 * 2 * 64 * weights
    assert first["flops"] * first["seconds"] == pytest.approx(flops)
    assert seen[-1] == (6, 6, "")
