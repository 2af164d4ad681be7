"""What a training costs in operations, which is what budgets on unlike machines share."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from memnet.models.config import TrainableConfig
from memnet.models.network import build_network
from memnet.params import Plan, Recipe

OPERATIONS_PER_SECOND = {"cpu": 5e10, "cuda": 1e13}
"""Of two cores of a processor in single precision, and a guess for a GPU: none was measured."""


def operations_of(call: Callable[[], object]) -> float:
    """Operations of a call's convolutions and products, two a multiply-add."""
    with FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())


def patch_operations(config: TrainableConfig, patch_size: int) -> float:
    """Operations of a step of training, forward and backward, on each patch of its batch."""
    with torch.device("meta"):
        network = build_network(config).train()
        degraded = torch.empty(2, 1, patch_size, patch_size)

    def step() -> None:
        final, intermediate = network.predictions(degraded)
        torch.stack([final, *intermediate]).sum().backward()  # type: ignore[no-untyped-call]

    return operations_of(step) / len(degraded)


def step_operations(config: TrainableConfig, recipe: Recipe) -> float:
    """Operations of a whole step of a recipe."""
    return recipe.batch_size * patch_operations(config, recipe.patch_size)


def training_seconds(plan: Plan, steps_per_epoch: int, device: torch.device) -> float:
    """About how long a whole training lasts on a device."""
    budget = plan.experiment.budget
    if budget.minutes is not None:
        return 60 * budget.minutes
    steps = budget.steps or float(budget.epochs or 0) * steps_per_epoch
    operations = budget.operations or steps * step_operations(plan.network, plan.recipe)
    return operations / OPERATIONS_PER_SECOND[device.type]
