"""A training that takes a second: a tiny set of noisy planes, and a way to run it."""

from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest
import torch

from memnet.data.patches import PatchSampler, Planes
from memnet.models.config import NetworkConfig
from memnet.models.network import Network, build_network
from memnet.params import Experiment, Recipe
from memnet.training.loop import TrainState, train
from tests.training.tiny import MEMNET, Run, as_plan, noisy_planes


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def planes() -> Planes:
    return noisy_planes()


@pytest.fixture
def run(planes: Planes, tmp_path: Path) -> Run:
    """Build and train a network from its seed; returns it with its progress."""

    def training(
        recipe: Recipe,
        plan: Experiment,
        *,
        config: NetworkConfig = MEMNET,
        checkpoint: Path = tmp_path / "checkpoint",
        key: str = "key",
        report: Callable[[TrainState], None] = lambda state: None,
        validate: Callable[[Network], dict[int, float]] = lambda network: {},
        seconds: float = inf,
    ) -> tuple[Network, TrainState]:
        torch.manual_seed(plan.seed)
        whole = as_plan(plan, recipe, config)
        network = build_network(whole.network_at(0))
        source = PatchSampler(
            planes, patch_size=recipe.patch_size, stride=recipe.stride,
            batch_size=recipe.batch_size, seed=plan.seed, device=torch.device("cpu"),
        )  # fmt: skip
        state = train(
            network, source, whole,
            validate=validate, checkpoint=checkpoint, key=key, report=report, seconds=seconds,
        )  # fmt: skip
        return network, state

    return training
