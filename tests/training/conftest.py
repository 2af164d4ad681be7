"""A training that takes a second: a tiny set of noisy planes, and a way to run it."""

from collections.abc import Callable
from math import inf
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from memnet.data.patches import PatchSource, Planes
from memnet.models.config import NetworkConfig
from memnet.models.network import Network, build_network
from memnet.params import Experiment, Recipe
from memnet.training.loop import Progress, train
from tests.training.tiny import MEMNET, Run


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def planes() -> Planes:
    """Two smooth planes of 36x48 pixels, given fresh noise of sigma 30 at every step."""
    rng = np.random.default_rng(0)
    smooth = gaussian_filter(rng.normal(0, 800, (2, 36, 48)), (0, 3, 3)) + 128
    side = torch.tensor([0, 36 * 48]), torch.tensor([36, 36]), torch.tensor([48, 48])
    targets = torch.from_numpy(np.clip(smooth, 0, 255).astype(np.uint8).ravel())
    return Planes(targets, None, *side, torch.tensor([30, 30]))


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
        report: Callable[[Progress], None] = lambda state: None,
        validate: Callable[[Network], dict[int, float]] = lambda network: {},
        seconds: float = inf,
    ) -> tuple[Network, Progress]:
        torch.manual_seed(plan.seed)
        network = build_network(config)
        source = PatchSource(
            planes, patch_size=recipe.patch_size, stride=recipe.stride,
            batch_size=recipe.batch_size, seed=plan.seed, device=torch.device("cpu"),
        )  # fmt: skip
        state = train(
            network, source, plan, recipe,
            validate=validate, checkpoint=checkpoint, key=key, report=report, seconds=seconds,
        )  # fmt: skip
        return network, state

    return training
