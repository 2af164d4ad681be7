"""The training loop, in one visible `while`."""

import time
from collections.abc import Callable
from dataclasses import field
from math import inf, isfinite
from pathlib import Path
from typing import Any

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from memnet.data.patches import PatchSampler
from memnet.errors import InputError
from memnet.models.memnet import MemNet
from memnet.models.network import TrainableNetwork
from memnet.params import Plan, Recipe
from memnet.seeding import environment
from memnet.training.batch_norm import synchronize_batch_norm
from memnet.training.checkpoint import read_checkpoint, save_checkpoint
from memnet.training.cost import step_operations
from memnet.training.distributed import ALONE, World
from memnet.training.engine import Engine, precision_of
from memnet.training.interrupt import interrupts_deferred
from memnet.training.muon import Muon
from memnet.training.schedule import after_growth, learning_rate, running_momentum

CHECKPOINT_SECONDS = 15.0

Validate = Callable[[TrainableNetwork], dict[int, float]]
"""Mean PSNR in dB on the held-out images by level; empty where none is held out."""


@dataclass  # pydantic's, as the levels of `validation` are text in a checkpoint's JSON
class TrainState:
    """Where a training is; everything but the weights that a resumed one must know."""

    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    loss_count: int = 0
    history: list[dict[str, float | int | None]] = field(default_factory=list)
    validation: dict[int, float] = field(default_factory=dict)
    share: float = 0.0
    """Of the budget that is spent; 1 or more when the training is over."""
    operations: float = 0.0
    """Of all steps, forward and backward."""
    grown: int = 0
    """Step at which the network last grew; 0 if it never did."""
    grown_at: float = 0.0
    """Share of the budget that was spent then."""
    environments: list[dict[str, Any]] = field(default_factory=list)
    """What it was trained with: each `environment` with the `step` from which on it was that."""


def train(
    network: TrainableNetwork,
    source: PatchSampler,
    plan: Plan,
    *,
    validate: Validate,
    checkpoint: Path,
    key: str,
    report: Callable[[TrainState], None],
    seconds: float = inf,
    world: World = ALONE,
) -> TrainState:
    """Train a network in place until its budget is spent, or a piece of the way there.

    `network` is that of `plan.network_at(0)`, and grows as the plan says.

    The state is written to `checkpoint` every few seconds and when interrupted; a checkpoint of
    the same `key` is continued, and a budget of steps then gives the same weights, bit for bit
    (on a CPU), as a run that was never interrupted, into however many pieces it is cut. Another
    machine or version of torch may round differently: it goes on all the same, and the state says
    from which step on.

    Parameters
    ----------
    source : patches by step; its device is where the network is trained
    plan : engine and precision of its recipe are no longer "auto"; validation has full precision
        always
    validate : scores the network, in evaluation mode, on held-out images
    checkpoint, key : where the state goes, and the hash of config, data and code that it belongs to
    report : called after every step
    seconds : how long this call may last, its breaks for `report` and validation included; it ends
        after the first step beyond that, so that every call takes at least one
    world : the processes that train together; the first one keeps the checkpoint and the time

    Returns
    -------
    Where the training is: `share` is less than 1 where `seconds` cut it.

    Raises
    ------
    InputError : the loss is no longer finite, the checkpoint belongs to another run, or the
        processes do not fit together
    """
    recipe, experiment = plan.recipe, plan.experiment
    assert "auto" not in (recipe.engine, recipe.precision)
    world.admit(recipe.batch_size, key)
    if recipe.engine == "compiled" and world.size > 1:
        raise InputError("engine compiled is for one process alone, got several: take plain")
    entered = time.monotonic()
    kept = read_checkpoint(checkpoint, key, world)
    state = TrainState(**(kept.record if kept else {}))
    _grow(network, state.grown_at, plan)
    engine, optimizer, operations = _prepared(network, recipe, source.device, world)
    if kept:
        kept.restore(network, optimizer)
    here = environment(source.device) | {"processes": world.size}
    before = state.environments[-1]["environment"] if state.environments else None
    if state.share < 1 and here != before:
        state.environments.append({"step": state.step, "environment": here})
    began, saved = time.monotonic() - state.seconds, time.monotonic()
    with interrupts_deferred() as interrupted:
        while state.share < 1:
            if _grow(network, state.share, plan):
                engine, optimizer, operations = _prepared(network, recipe, source.device, world)
                state.grown, state.grown_at = state.step, state.share
            epoch = state.step / source.steps_per_epoch
            rate = learning_rate(
                recipe, experiment.learning_rate, progress=state.share, epoch=epoch
            ) * (after_growth(state.share - state.grown_at) if state.grown else 1.0)
            # Every process cuts the whole batch: its samples and noise are those of one process.
            degraded, target = map(world.share, source.batch(state.step))
            with precision_of(recipe.precision, source.device):
                loss = train_step(
                    network, engine, optimizer, (degraded, target), recipe, rate,
                    state.share, state.step - state.grown, world,
                )  # fmt: skip
            if not isfinite(loss):
                raise InputError(
                    f"the loss is {loss} at step {state.step}: lower learning_rate "
                    f"(now {rate:.2g}) or clip"
                )
            state.step += 1
            state.loss_sum += loss
            state.loss_count += 1
            # All go by the clock of process 0, and so end at the same step.
            (state.seconds,) = world.largest(time.monotonic() - began if world.first else 0.0)
            state.operations += operations
            state.share = experiment.budget.share(
                step=state.step, seconds=state.seconds, steps_per_epoch=source.steps_per_epoch,
                operations=state.operations,
            )  # fmt: skip
            if state.step % experiment.validate_every == 0 or state.share >= 1:
                with engine.resting():
                    _record(state, network, validate, rate, state.step / source.steps_per_epoch)
            shown = time.monotonic()
            report(state)
            began += time.monotonic() - shown  # what the caller shows is not time spent training
            cut, stop = world.largest(time.monotonic() - entered >= seconds, interrupted())
            due = time.monotonic() - saved > CHECKPOINT_SECONDS
            if world.first and (stop or cut or due):
                save_checkpoint(checkpoint, key, network, optimizer, vars(state))
                saved = time.monotonic()
            if stop:
                raise KeyboardInterrupt
            if cut:
                break
    _grow(network, state.share, plan)  # a budget of few steps may end before its turn
    network.eval()
    return state


def _grow(network: TrainableNetwork, progress: float, plan: Plan) -> bool:
    """Give a network the size that the plan has at a share of the budget; whether it grew."""
    due = plan.network_at(progress)
    if due == network.config or not isinstance(network, MemNet):
        return False
    network.grow(due.num_recursions)  # type: ignore[union-attr]
    return True


def _prepared(
    network: TrainableNetwork, recipe: Recipe, device: torch.device, world: World
) -> tuple[Engine, torch.optim.Optimizer, float]:
    """What trains a network of this size, and the operations of a step."""
    # Channels last is the faster layout.
    network.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    synchronize_batch_norm(network, world)
    engine = Engine(recipe.engine, network, device)
    engine.predictions = world.distributed(network, engine.predictions)
    return engine, make_optimizer(network, recipe), step_operations(network.config, recipe)


def train_step(
    network: TrainableNetwork,
    engine: Engine,
    optimizer: torch.optim.Optimizer,
    batch: tuple[Tensor, Tensor],
    recipe: Recipe,
    rate: float,
    progress: float,
    since: int,
    world: World = ALONE,
) -> float:
    """One step of optimisation on this process's share of a batch (degraded, target).

    `since` counts the steps before it, from 0, since the network grew or began. Returns the loss of
    the whole batch before the step.
    """
    degraded, target = batch
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_scale"]
    final_weight, intermediate_weight = network.loss_weights(progress)
    optimizer.zero_grad(set_to_none=True)
    momentum = running_momentum(since, recipe.bn_average)
    with world.told(), engine.statistics(momentum):
        final, intermediate = engine.predictions(degraded)
        loss = final_weight * euclidean_loss(final, target)
        for prediction in intermediate:
            loss = loss + intermediate_weight * euclidean_loss(prediction, target)
        loss.backward()  # type: ignore[no-untyped-call]
    loss = world.total(loss.detach()) / world.size
    if recipe.clip is not None and rate > 0:
        # The authors' patched Caffe divides `clip_gradients` (0.01) by the current learning rate.
        nn.utils.clip_grad_norm_(network.parameters(), recipe.clip / rate)
    optimizer.step()
    return float(loss)


def euclidean_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Half the squared error summed over pixels, mean over the batch (eq. 4, as in Caffe)."""
    return (prediction - target).square().sum() / (2 * len(target))


def make_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Optimiser with one group for the convolution biases and one for everything else.

    Muon takes the kernels that have several maps on both sides.
    """
    convs = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    biases = [conv.bias for conv in convs if conv.bias is not None]
    inner = [c.weight for c in convs if recipe.optimizer == "muon" and 1 not in c.weight.shape[:2]]
    apart = {id(parameter) for parameter in (*biases, *inner)}
    others = [p for p in network.parameters() if id(p) not in apart]
    groups: list[dict[str, Any]] = [
        {"params": others, "lr_scale": 1.0},
        {"params": biases, "lr_scale": recipe.bias_lr_scale},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=0.0, momentum=0.9, weight_decay=recipe.weight_decay)
    if inner:
        return Muon(inner, groups, recipe.weight_decay)
    return torch.optim.AdamW(groups, lr=0.0, weight_decay=recipe.weight_decay)


def _record(
    state: TrainState, network: TrainableNetwork, validate: Validate, rate: float, epoch: float
) -> None:
    """Append a line to the history: mean loss since the last one, and the validation PSNR."""
    network.eval()
    state.validation = validate(network)
    network.train()
    scores = list(state.validation.values())
    state.history.append(
        {
            "step": state.step,
            "epoch": epoch,
            "learning_rate": rate,
            "loss": state.loss_sum / state.loss_count,
            "validation_psnr": sum(scores) / len(scores) if scores else None,
            "seconds": state.seconds,
        }
    )
    state.loss_sum, state.loss_count = 0.0, 0
