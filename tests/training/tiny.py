"""Networks, recipes and experiments that train in a second."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from memnet.data.patches import Planes
from memnet.models.config import DrcnConfig, MemNetConfig, TrainableConfig
from memnet.models.network import Network
from memnet.params import Budget, Experiment, Plan, Recipe
from memnet.params.training import TrainingSet
from memnet.training.loop import TrainState

MEMNET = MemNetConfig(
    num_memory_blocks=2, num_recursions=2, num_features=8, multi_supervised=True,
    long_term=True, short_term=True, initialization="zero_residual",
)  # fmt: skip
DRCN = DrcnConfig(num_recursions=2, num_features=8, initialization="zero_residual")
SGD = Recipe(
    optimizer="sgd", schedule="step", step_epochs=0.05, warmup=None, clip=0.01, weight_decay=1e-4,
    bias_lr_scale=0.1, batch_size=4, patch_size=12, stride=6, bn_average=0.999,
)  # fmt: skip
ADAMW = Recipe(
    optimizer="adamw", schedule="cosine", step_epochs=None, warmup=0.1, clip=None,
    weight_decay=1e-4, bias_lr_scale=1.0, batch_size=4, patch_size=12, stride=6, bn_average=0.99,
)  # fmt: skip
MUON = ADAMW.model_copy(update={"optimizer": "muon"})
RECIPES = {"sgd": SGD, "adamw": ADAMW, "muon": MUON}
RATES = {"sgd": 0.1, "adamw": 0.005, "muon": 0.005}

Run = Callable[..., tuple[Network, TrainState]]
"""The fixture `run`: recipe and experiment to a trained network and its progress."""


def experiment(rate: float, **changes: object) -> Experiment:
    """Twelve steps of denoising, unless `changes` say otherwise."""
    settings = {
        "task": "denoising", "network": "n", "training_set": "t", "recipe": "r",
        "learning_rate": rate, "budget": Budget(steps=12), "validate_every": 4, "seed": 0,
    } | changes  # fmt: skip
    return Experiment(**settings)


def as_plan(asked: Experiment, recipe: Recipe, network: TrainableConfig = MEMNET) -> Plan:
    """An experiment with all that it names."""
    images = TrainingSet(task=asked.task, dataset="d", levels=[30], validation=[])
    return Plan(network=network, experiment=asked, recipe=recipe, training_set=images)


def noisy_planes() -> Planes:
    """Two smooth planes of 36x48 pixels, given fresh noise of sigma 30 at every step."""
    rng = np.random.default_rng(0)
    smooth = gaussian_filter(rng.normal(0, 800, (2, 36, 48)), (0, 3, 3)) + 128
    side = torch.tensor([0, 36 * 48]), torch.tensor([36, 36]), torch.tensor([48, 48])
    targets = torch.from_numpy(np.clip(smooth, 0, 255).astype(np.uint8).ravel())
    return Planes(targets, None, *side, torch.tensor([30, 30]))


def state_of(network: Network) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def assert_same(a: tuple[Network, TrainState], b: tuple[Network, TrainState]) -> None:
    """Same weights, statistics and history to the last bit; only the seconds may differ."""
    first, second = state_of(a[0]), state_of(b[0])
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name

    def timeless(state: TrainState) -> tuple[int, list[dict[str, object]], dict[int, float]]:
        lines = [{k: v for k, v in line.items() if k != "seconds"} for line in state.history]
        return state.step, lines, state.validation

    assert timeless(a[1]) == timeless(b[1])
