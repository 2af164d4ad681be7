"""The compiled engine computes what the plain network computes."""

import copy
import platform
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from memnet.bench.train import Variant, bench_train
from memnet.errors import InputError
from memnet.models.config import MemNetConfig, VdsrConfig
from memnet.models.memnet import MemNet
from memnet.models.vdsr import Vdsr
from memnet.params import Budget, Plan, TrainingSet
from memnet.training import engine as engines
from memnet.training.cost import training_seconds
from memnet.training.engine import Engine, precision_of, resolved
from tests.training.tiny import ADAMW, experiment

CPU = torch.device("cpu")
VARIANTS: dict[str, dict[str, bool]] = {
    "full": {},
    "no-long-term": {"long_term": False},
    "no-short-term": {"short_term": False},
    "basic": {"multi_supervised": False},
}


def config(**changes: Any) -> MemNetConfig:
    values = {
        "num_memory_blocks": 2, "num_recursions": 3, "num_features": 8, "multi_supervised": True,
        "long_term": True, "short_term": True, "initialization": "official",
    }  # fmt: skip
    return MemNetConfig.model_validate(values | changes)


def one_step(network: MemNet, engine: Engine, momentum: float) -> list[Tensor]:
    """Outputs, gradients and running statistics of a step; the loss sees every prediction."""
    network.zero_grad(set_to_none=True)
    generator = torch.Generator().manual_seed(3)
    degraded = torch.rand(3, 1, 12, 9, generator=generator)
    with engine.statistics(momentum):
        final, intermediate = engine.predictions(degraded)
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
    return network, copy.deepcopy(network).to(memory_format=torch.channels_last)


def require_same(ours: list[Tensor], plain: list[Tensor]) -> None:
    for a, b in zip(ours, plain, strict=True):
        assert (a - b).abs().max() <= 1e-5 * max(1.0, float(b.abs().max()))


@pytest.mark.parametrize("variant", VARIANTS)
def test_statistics_are_averaged_outside_of_what_is_compiled(
    monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    monkeypatch.setattr(nn.Module, "compile", lambda module, **_: None)
    monkeypatch.setattr(engines, "can_compile", lambda device: True)
    plain, other = pair(config(**VARIANTS[variant]))
    by_plain, compiled = Engine("plain", plain, CPU), Engine("compiled", other, CPU)
    for momentum in (1.0, 0.3, 0.2):  # the statistics go on from step to step
        ours, theirs = one_step(other, compiled, momentum), one_step(plain, by_plain, momentum)
        require_same(ours, theirs)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "whole", [False, True], ids=["by parts, as on a CPU", "whole, as on a GPU"]
)
def test_compiled_equals_plain_and_is_compiled_once(
    monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    compiled_as = partial(engines._compile, whole=whole)
    monkeypatch.setattr(engines, "_compile", lambda network, **_: compiled_as(network))
    plain, other = pair(config(num_recursions=2))
    by_plain, compiled = Engine("plain", plain, CPU), Engine("compiled", other, CPU)
    for momentum in (0.3, 0.2):  # another number must not compile anything anew
        before = torch._dynamo.utils.counters["stats"]["unique_graphs"]
        ours, theirs = one_step(other, compiled, momentum), one_step(plain, by_plain, momentum)
        require_same(ours, theirs)
        graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"] - before
        assert (graphs > 0) == (momentum == 0.3)


@pytest.mark.parametrize("mode", ["default", "error"])
def test_the_compiler_is_deterministic_where_torch_is(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    from torch._inductor import config

    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    monkeypatch.setattr(engines, "can_compile", lambda device: True)
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode(mode)
    network = Vdsr(VdsrConfig(depth=3, num_features=2, initialization="official"))
    try:
        with config.patch(deterministic=False):
            Engine("compiled", network, CPU)
            assert config.deterministic == (mode == "error")
    finally:
        torch.set_deterministic_debug_mode(before)


CUDA = torch.device("cuda")


@pytest.mark.parametrize(
    ("device", "units", "hours", "processes", "compiler", "expected"),
    [
        (CPU, False, 9, 1, True, ("plain", "float32")),  # nothing is gained in single precision
        (CPU, True, 9, 1, True, ("compiled", "bfloat16")),
        (CPU, True, 0.1, 1, True, ("plain", "bfloat16")),  # over before it is compiled
        (CPU, True, 9, 2, True, ("plain", "bfloat16")),
        (CPU, True, 9, 1, False, ("plain", "bfloat16")),
        (CUDA, False, 9, 1, True, ("compiled", "float32")),
        (CUDA, True, 9, 1, True, ("compiled", "bfloat16")),
    ],
)
def test_auto_is_what_is_fastest_here(
    monkeypatch: pytest.MonkeyPatch, device: torch.device, units: bool, hours: float,
    processes: int, compiler: bool, expected: tuple[str, str],
) -> None:  # fmt: skip
    monkeypatch.setattr(engines, "computes_bfloat16", lambda device: units)
    monkeypatch.setattr(engines, "can_compile", lambda device: compiler)
    plan = Plan(
        network=config(), recipe=ADAMW,
        experiment=experiment(0.1, budget=Budget(minutes=60 * hours)),
        training_set=TrainingSet(task="denoising", dataset="d", levels=[30], validation=[]),
    )  # fmt: skip
    here = partial(resolved, device=device, processes=processes, steps_per_epoch=1)
    assert here(plan) == ADAMW
    auto = ADAMW.model_copy(update={"engine": "auto", "precision": "auto"})
    found = here(plan.model_copy(update={"recipe": auto}))
    assert (found.engine, found.precision) == expected
    assert found.model_copy(update={"engine": "plain", "precision": "float32"}) == ADAMW


@pytest.mark.parametrize(
    "budget",
    [Budget(steps=20), Budget(epochs=2.0), Budget(operations=14100480)],
    ids=["steps", "epochs", "operations"],
)
def test_the_length_of_a_training_is_that_of_its_operations(budget: Budget) -> None:
    plan = Plan(
        network=VdsrConfig(depth=3, num_features=4, initialization="official"), recipe=ADAMW,
        experiment=experiment(0.1, budget=budget),
        training_set=TrainingSet(task="denoising", dataset="d", levels=[30], validation=[]),
    )  # fmt: skip
    # 1 -> 4, 4 -> 4 and 4 -> 1, forward and both gradients but that of the degraded patches
    operations = 20 * 4 * 12 * 12 * 2 * (2 * 36 + 3 * 144 + 3 * 36)
    assert training_seconds(plan, 10, CPU) == pytest.approx(operations / 5e10)


@pytest.mark.parametrize("unit", ["amx_bf16", "avx512_bf16"])
def test_units_for_bfloat16_are_seen(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    if platform.machine() == "x86_64":
        assert unit in torch.cpu.get_capabilities()
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, unit: False})
    assert not engines.computes_bfloat16(CPU)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {unit: True})
    assert engines.computes_bfloat16(CPU)


def test_faults_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    network = MemNet(config())
    monkeypatch.setattr(engines.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"needs a compiler \(g\+\+.* take plain"):
        Engine("compiled", network, CPU)
    with pytest.raises(InputError, match="tf32 is one of GPUs: take float32"):
        precision_of("tf32", CPU).__enter__()


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
    assert min(ceiling.convolution, ceiling.product) > 0 and all(t["seconds"] > 0 for t in timings)
    # 1 -> 8, two 8 -> 8, gate 16 -> 8 and end 8 -> 1, forward and two backward; the input of the
    # first convolution has parameters before it, so that its gradient is needed as well.
    weights = 9 * 8 + 2 * 9 * 64 + 16 * 8 + 9 * 8
    flops = 3 * 2 * 2 * 64 * weights
    assert first["flops"] * first["seconds"] == pytest.approx(flops)
    assert seen[-1] == (6, 6, "")
