"""How fast a training step is: engines side by side, and how near they come to the limit."""

import copy
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memnet.bench.ceiling import (
    Measured,
    Report,
    noisy_patches,
    seconds_of,
    take_turns,
    watch_memory,
)
from memnet.models.config import TrainableConfig
from memnet.models.network import TrainableNetwork, build_network
from memnet.params import Plan, Recipe
from memnet.training.cost import patch_operations, step_operations
from memnet.training.engine import Engine, precision_of, resolved
from memnet.training.loop import make_optimizer, train_step

RECIPE = Recipe(
    optimizer="adamw", schedule="cosine", warmup=0.0, weight_decay=0.0, bias_lr_scale=1.0,
    batch_size=1, patch_size=8, stride=8, bn_average=0.9,
)  # fmt: skip
RATE = 1e-4


class Variant(NamedTuple):
    """One way to compute the step."""

    name: str
    engine: str
    channels_last: bool
    precision: str


class _Stepper:
    """A variant with a network of its own."""

    def __init__(self, variant: Variant, network: TrainableNetwork, device: torch.device) -> None:
        self.network = copy.deepcopy(network).to(device).train()
        if variant.channels_last:
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.precision, self.device = variant.precision, device
        self.optimizer = make_optimizer(self.network, RECIPE)
        self.engine = Engine(variant.engine, self.network, device)
        self.loss = 0.0

    def step(self, batch: tuple[Tensor, Tensor], number: int) -> None:
        with precision_of(self.precision, self.device):
            self.loss = train_step(
                self.network, self.engine, self.optimizer, batch, RECIPE, RATE, 0.5, number
            )

    def gradients(self) -> Tensor:
        """All gradients of the last step, end to end."""
        found = [p.grad for p in self.network.parameters() if p.grad is not None]
        return torch.cat([gradient.flatten().float() for gradient in found])


def bench_train(
    config: TrainableConfig,
    variants: list[Variant],
    *,
    batch_size: int,
    patch_size: int,
    rounds: int,
    device: torch.device,
    report: Report,
) -> Measured:
    """Steps of training by several variants, in turn; the first is what others are compared with.

    Returns the ceiling, and of each variant what `take_turns` gives, with `patches_per_second`,
    `first_seconds` (of the first step, with all that is compiled in it), `peak_bytes` (most memory
    beyond what was in use before; None where it cannot be told), and `loss_error` and
    `gradient_error` (largest difference from the first variant over its largest value, after one
    step from the same weights). An InputError if an engine or precision is not to be had here.
    """
    torch.manual_seed(0)
    network = build_network(config)
    degraded, target = noisy_patches(batch_size, patch_size)
    batch = degraded.to(device), target.to(device)
    flops = batch_size * patch_operations(config, patch_size)
    steppers = [_Stepper(variant, network, device) for variant in variants]
    found: list[dict[str, Any]] = []
    for stepper in steppers:
        peak = watch_memory(device)
        first_seconds = seconds_of(partial(stepper.step, batch, 0), device)
        found.append({"first_seconds": first_seconds, "peak_bytes": peak()})
    for stepper, about in zip(steppers, found, strict=True):
        losses = (torch.tensor(s.loss) for s in (steppers[0], stepper))
        about["loss_error"] = _relative(*losses)
        about["gradient_error"] = _relative(steppers[0].gradients(), stepper.gradients())
    calls = {v.name: partial(s.step, batch, 1) for v, s in zip(variants, steppers, strict=True)}
    ceiling, timings = take_turns(calls, flops, rounds, device, report)
    for timing, about, variant in zip(timings, found, variants, strict=True):
        if variant.precision == "bfloat16" and ceiling.bfloat16:
            timing["share"] = timing["flops"] / ceiling.bfloat16
        timing.update(about, patches_per_second=batch_size / timing["seconds"])
    return ceiling, timings


def step_rate(plan: Plan, device: torch.device) -> float:
    """Operations per second of a plan's training steps on a device; the faster of two counts.

    The network has its full size, AdamW trains it, and nothing is compiled; the precision is what
    "auto" stands for here.
    """
    recipe = resolved(plan, device, processes=1, steps_per_epoch=1)
    variant = Variant("step", "plain", True, recipe.precision)
    stepper = _Stepper(variant, build_network(plan.network), device)
    degraded, target = noisy_patches(recipe.batch_size, recipe.patch_size)
    step = partial(stepper.step, (degraded.to(device), target.to(device)), 0)
    seconds = min([seconds_of(step, device) for _ in range(3)][1:])
    return step_operations(plan.network, recipe) / seconds


def _relative(ours: Tensor, other: Tensor) -> float:
    return float((ours - other).abs().max() / ours.abs().max())
