"""How fast a training step is: engines side by side, and how near they come to the limit."""

import copy
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from memnet.bench.ceiling import Ceiling, noisy_patches, seconds_of, take_turns, watch_memory
from memnet.models.config import TrainableConfig
from memnet.models.network import TrainableNetwork, build_network
from memnet.params import Recipe
from memnet.training.engine import precision_of, predictions_by
from memnet.training.loop import make_optimizer, train_step

RECIPE = Recipe(
    optimizer="adamw", schedule="cosine", warmup=0.0, weight_decay=0.0, bias_lr_scale=1.0,
    batch_size=1, patch_size=8, stride=8, bn_average=0.9, sync_bn=False,
)  # fmt: skip
RATE = 1e-4


class Variant(NamedTuple):
    """One way to compute the step."""

    name: str
    engine: str
    channels_last: bool
    precision: str


class Timing(NamedTuple):
    """One variant.

    Attributes
    ----------
    first_seconds : the first step, with all that is compiled in it
    seconds : the median step
    patches_per_second, flops : what that amounts to; a step's operations are those of the plain one
    share : `flops` over that of the ceiling's convolution
    speedup : over the first variant
    peak_bytes : most memory beyond what was in use before; None where it cannot be told
    loss_error, gradient_error : largest difference from the first variant over its largest value,
        after one step from the same weights
    """

    name: str
    first_seconds: float
    seconds: float
    patches_per_second: float
    flops: float
    share: float
    speedup: float
    peak_bytes: int | None
    loss_error: float
    gradient_error: float


class _Stepper:
    """A variant with a network of its own."""

    def __init__(self, variant: Variant, network: TrainableNetwork, device: torch.device) -> None:
        self.network = copy.deepcopy(network).to(device).train()
        if variant.channels_last:
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.precision, self.device = variant.precision, device
        self.optimizer = make_optimizer(self.network, RECIPE)
        self.predictions = predictions_by(variant.engine, self.network, device)
        self.loss = 0.0

    def step(self, batch: tuple[Tensor, Tensor], number: int) -> None:
        with precision_of(self.precision, self.device):
            self.loss = train_step(
                self.network, self.predictions, self.optimizer, batch, RECIPE, RATE, 0.5, number
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
    report: Callable[[int, int, str], None],
) -> tuple[Ceiling, list[Timing]]:
    """Steps of training by several variants, in turn, so that all meet the same disturbances.

    Parameters
    ----------
    variants : the first is what the others are compared with
    rounds : steps of each that are timed
    report : as of `take_turns`

    Raises
    ------
    InputError : an engine or precision is not to be had here
    """
    torch.manual_seed(0)
    network = build_network(config)
    degraded, target = noisy_patches(batch_size, patch_size)
    batch = degraded.to(device), target.to(device)
    flops = _step_flops(network, batch)
    steppers = [_Stepper(variant, network, device) for variant in variants]
    first, peaks = [], []
    for stepper in steppers:
        peak = watch_memory(device)
        first.append(seconds_of(partial(stepper.step, batch, 0), device))
        peaks.append(peak())
    errors = [_errors(steppers[0], stepper) for stepper in steppers]
    calls = {
        variant.name: partial(stepper.step, batch, 1)
        for variant, stepper in zip(variants, steppers, strict=True)
    }
    ceiling, medians = take_turns(calls, rounds, device, report)
    return ceiling, [
        Timing(
            variant.name, start, seconds, batch_size / seconds, flops / seconds,
            flops / seconds / ceiling.convolution, medians[0] / seconds, peak, *error,
        )
        for variant, start, seconds, peak, error in zip(
            variants, first, medians, peaks, errors, strict=True
        )
    ]  # fmt: skip


def _step_flops(network: TrainableNetwork, batch: tuple[Tensor, Tensor]) -> float:
    """Operations of a plain step's convolutions, forward and backward, two a multiply-add."""
    counted = copy.deepcopy(network).train()
    degraded, target = (patches[:1].cpu() for patches in batch)
    with FlopCounterMode(display=False) as counter:
        final, intermediate = counted.predictions(degraded)
        torch.stack([final - target, *(y - target for y in intermediate)]).sum().backward()  # type: ignore[no-untyped-call]
    return float(counter.get_total_flops() * len(batch[0]))


def _errors(first: _Stepper, other: _Stepper) -> tuple[float, float]:
    """Largest differences of loss and gradients after the first step, over the largest value."""
    losses = (torch.tensor(stepper.loss) for stepper in (first, other))
    return _relative(*losses), _relative(first.gradients(), other.gradients())


def _relative(ours: Tensor, other: Tensor) -> float:
    return float((ours - other).abs().max() / ours.abs().max())
