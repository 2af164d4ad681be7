"""The training loop: it learns, by steps that can be checked by hand."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from memnet.errors import InputError
from memnet.models.network import Network, TrainableNetwork, build_network
from memnet.params import Budget
from memnet.training import loop
from memnet.training.engine import Engine
from memnet.training.loop import euclidean_loss, make_optimizer, train_step
from tests.training.tiny import (
    ADAMW,
    DRCN,
    MEMNET,
    MUON,
    RATES,
    RECIPES,
    SGD,
    Run,
    assert_same,
    experiment,
)

BOTH = pytest.mark.parametrize("name", RECIPES)


def plain(network: TrainableNetwork) -> Engine:
    return Engine("plain", network, torch.device("cpu"))


# Learning


@BOTH
def test_the_loss_falls(run: Run, name: str) -> None:
    recipe = SGD.model_copy(update={"step_epochs": 20.0}) if name == "sgd" else ADAMW
    plan = experiment(RATES[name], budget=Budget(steps=90), validate_every=30)
    network, state = run(recipe, plan)
    losses = [line["loss"] for line in state.history]
    assert losses[2] < losses[1] < losses[0]
    assert losses[2] < 0.95 * losses[0]
    assert not network.training


def test_history_and_progress(run: Run) -> None:
    seen: list[int] = []
    plan = experiment(0.005, budget=Budget(steps=10))
    _, state = run(
        ADAMW, plan, report=lambda s: seen.append(s.step),
        validate=lambda network: {30: 20.0, 50: 10.0},
    )  # fmt: skip
    assert seen == list(range(1, 11))
    assert [line["step"] for line in state.history] == [4, 8, 10]  # every 4, and the last
    assert all(line["validation_psnr"] == 15 for line in state.history)
    assert state.validation == {30: 20.0, 50: 10.0}
    num_patches = 2 * 5 * 7 * 8  # by hand: patches of 12 every 6 pixels of two 36x48 planes
    for line in state.history:
        assert line["epoch"] == pytest.approx(line["step"] / (num_patches // 4))
    assert state.share == 1
    assert state.loss_count == 0


def test_without_held_out_images_there_is_no_validation(run: Run) -> None:
    _, state = run(ADAMW, experiment(0.005, budget=Budget(steps=1)))
    assert state.validation == {}
    assert [line["validation_psnr"] for line in state.history] == [None]


def test_validation_sees_evaluation_mode_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    modes: list[bool] = []

    def validate(network: Network) -> dict[int, float]:
        modes.append(network.training)
        with torch.no_grad():
            network(torch.rand(1, 1, 9, 9))
        return {}

    plan = experiment(0.005)
    looked = run(ADAMW, plan, validate=validate, checkpoint=tmp_path / "a")
    assert_same(looked, run(ADAMW, plan, checkpoint=tmp_path / "b"))
    assert modes == [False] * 3


# One step


def test_euclidean_loss_is_caffes() -> None:
    a, b = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.zeros(2, 2)
    assert float(euclidean_loss(a, b)) == (1 + 4 + 9 + 16) / (2 * 2)


def test_muon_takes_the_inner_kernels_as_matrices() -> None:
    """A step moves each in a direction of equal singular values, and shares the kernel's memory."""
    network = build_network(MEMNET).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(network, MUON)
    assert [len(group["params"]) for group in optimizer.param_groups] == [29, 8]
    kernel = network.blocks[0].conv_a.weight
    before = kernel.detach().clone()
    torch.manual_seed(0)
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter)
    for group in optimizer.param_groups:
        group["lr"] = 0.01
    optimizer.step()
    moved = (kernel.detach() - before * (1 - 0.01 * MUON.weight_decay)).flatten(1)
    values = torch.linalg.svdvals(moved)
    assert values.min() > 0.5 * values.max()
    assert float(moved.square().mean().sqrt()) == pytest.approx(0.2 * 0.01, rel=0.3)
    optimizer.zero_grad()
    assert all(parameter.grad is None for parameter in network.parameters())


def test_groups_of_the_optimizer() -> None:
    network = build_network(MEMNET)
    optimizer = make_optimizer(network, SGD)
    others, biases = optimizer.param_groups
    convs = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    assert {id(p) for p in biases["params"]} == {id(m.bias) for m in convs}
    every = [*others["params"], *biases["params"]]
    assert len(every) == len(set(map(id, every))) == len(list(network.parameters()))
    assert (others["lr_scale"], biases["lr_scale"]) == (1.0, 0.1)
    # decay_mult is never set officially: batch norm, output weights and biases decay as well.
    assert {group["weight_decay"] for group in optimizer.param_groups} == {1e-4}
    assert {group["momentum"] for group in optimizer.param_groups} == {0.9}
    assert isinstance(make_optimizer(network, ADAMW), torch.optim.AdamW)


@pytest.mark.parametrize("rate", [0.1, 0.02])
def test_a_step_of_sgd_by_hand(rate: float) -> None:
    torch.manual_seed(0)
    network, twin = build_network(MEMNET).train(), build_network(MEMNET).train()
    twin.load_state_dict(network.state_dict())
    batch = (torch.rand(3, 1, 12, 12), torch.rand(3, 1, 12, 12))
    loss = train_step(
        network, plain(network), make_optimizer(network, SGD), batch, SGD, rate, 0.0, 0
    )

    final, intermediate = twin.predictions(batch[0])
    assert len(intermediate) == 2
    expected = sum(((p - batch[1]) ** 2).sum() / 6 for p in [final, *intermediate])
    expected.backward()
    assert loss == pytest.approx(float(expected.detach()), rel=1e-6)
    gradients = {name: p.grad for name, p in twin.named_parameters()}
    norm = math.sqrt(sum(float(g.square().sum()) for g in gradients.values()))
    limit = 0.01 / rate  # the README of tyshiwo/MemNet: clip_gradients divided by the rate
    assert norm > limit
    for (name, got), before in zip(network.named_parameters(), twin.parameters(), strict=True):
        scale = 0.1 if name.endswith("conv.bias") or (".conv_" in name and "bias" in name) else 1.0
        step = gradients[name] * limit / norm + 1e-4 * before
        torch.testing.assert_close(got, before - rate * scale * step, rtol=1e-5, atol=1e-7)


def test_the_learning_rate_of_each_group_is_set(run: Run) -> None:
    network = build_network(MEMNET).train()
    optimizer = make_optimizer(network, SGD)
    batch = (torch.rand(1, 1, 12, 12), torch.rand(1, 1, 12, 12))
    train_step(network, plain(network), optimizer, batch, SGD, 0.02, 0.5, 7)
    assert [g["lr"] for g in optimizer.param_groups] == pytest.approx([0.02, 0.002])
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert {m.momentum for m in norms} == {(1 - 0.999) / (1 - 0.999**8)}


def test_drcn_shifts_from_the_intermediate_losses_to_the_final_one() -> None:
    torch.manual_seed(0)
    network = build_network(DRCN)
    with torch.no_grad():
        network.reconstruct[1].weight.normal_()  # type: ignore[union-attr]
    batch = (torch.rand(2, 1, 12, 12), torch.rand(2, 1, 12, 12))
    final, intermediate = network.predictions(batch[0])
    losses = [euclidean_loss(p, batch[1]).item() for p in [final, *intermediate]]
    frozen = make_optimizer(network, ADAMW)
    for progress in (0.0, 0.25):
        expected = progress * losses[0] + (1 - progress) * sum(losses[1:]) / 2
        got = train_step(network, plain(network), frozen, batch, ADAMW, 0.0, progress, 0)
        assert got == pytest.approx(expected, rel=1e-5)


# Failing


def test_half_precision_trains_and_is_validated_in_full(run: Run) -> None:
    dtypes = []

    def validate(network: Network) -> dict[int, float]:
        dtypes.append(network(torch.rand(1, 1, 9, 9)).dtype)
        return {30: 0.0}

    plan = experiment(RATES["adamw"])
    exact, _ = run(ADAMW, plan)
    half, _ = run(ADAMW.model_copy(update={"precision": "bfloat16"}), plan, validate=validate)
    assert {tensor.dtype for tensor in half.parameters()} == {torch.float32}
    assert set(dtypes) == {torch.float32}
    far = max(
        float((a - b).detach().abs().max())
        for a, b in zip(exact.parameters(), half.parameters(), strict=True)
    )
    assert 1e-6 < far < 0.1


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    calls = 0

    def loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return euclidean_loss(prediction, target) * (value if calls > 3 * 5 else 1.0)

    monkeypatch.setattr(loop, "euclidean_loss", loss)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(InputError) as error:
        run(SGD.model_copy(update={"step_epochs": 9.0}), experiment(0.1))
    assert str(error.value) == (
        f"the loss is {value} at step 5: lower learning_rate (now 0.1) or clip"
    )
    net = build_network(MEMNET)
    kept = loop.read_checkpoint(tmp_path / "checkpoint", "key")
    assert kept is not None and kept.record["step"] == 5
    kept.restore(net, make_optimizer(net, SGD))
    assert all(torch.isfinite(tensor).all() for tensor in net.state_dict().values())
