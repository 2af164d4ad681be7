"""One process of the trainings of test_distributed.py; alone where torchrun's variables are unset.

python -m tests.training.worker FOLDER CASE...
"""

import json
import os
import signal
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from typer import Argument

from memnet.data.patches import PatchSampler
from memnet.models.config import VdsrConfig
from memnet.models.network import Network, build_network
from memnet.params import Budget
from memnet.training import loop
from memnet.training.distributed import World, joined
from memnet.training.loop import TrainState, train
from pipelines import stage
from tests.training.tiny import ADAMW, DRCN, MEMNET, SGD, as_plan, experiment, noisy_planes

VDSR = VdsrConfig(depth=5, num_features=8, initialization="zero_residual")
STEADY = SGD.model_copy(update={"step_epochs": 20.0})
OFFICIAL = MEMNET.model_copy(update={"initialization": "official"})
CASES = {
    # At this rate MemNet amplifies a rounding so fast that only double precision tells it from a
    # fault.
    "memnet-sgd-double": (MEMNET, STEADY, 0.1),
    "memnet-sgd": (OFFICIAL, STEADY, 0.0003),
    "vdsr-adamw": (VDSR, ADAMW, 0.003),
    "memnet-bfloat16": (OFFICIAL, STEADY.model_copy(update={"precision": "bfloat16"}), 0.0003),
    "drcn-sgd": (DRCN, STEADY, 0.1),
    "memnet-grown-double": (MEMNET, ADAMW.model_copy(update={"growth": [1]}), 0.003),
}
MISHAPS = ("killed", "stopped", "not-finite", "other-key")


class InDefaultType(PatchSampler):
    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        degraded, target = super().batch(step)
        return degraded.to(torch.get_default_dtype()), target.to(torch.get_default_dtype())


def run_case(name: str, folder: Path, world: World) -> None:
    """Fifteen steps; the first process leaves losses and weights."""
    torch.set_default_dtype(torch.float64 if name.endswith("double") else torch.float32)
    config, recipe, rate = CASES[name]
    torch.manual_seed(world.rank)  # the first process's weights count
    asked = experiment(rate, budget=Budget(steps=15), validate_every=1)
    plan = as_plan(asked, recipe, config)
    network = build_network(plan.network_at(0))
    source = InDefaultType(
        noisy_planes(), patch_size=recipe.patch_size, stride=recipe.stride,
        batch_size=recipe.batch_size, seed=0, device=world.device,
    )  # fmt: skip

    def validate(network: Network) -> dict[int, float]:
        image = torch.linspace(0, 1, 81).reshape(1, 1, 9, 9)
        with torch.no_grad():
            return {30: sum(world.map(lambda n: float(network(n * image).sum()), [1, 2, 3]))}

    state = train(
        network, source, plan,
        validate=validate, checkpoint=folder / f"{name}.checkpoint", key="key",
        report=lambda state: None, world=world,
    )  # fmt: skip
    keep(folder / name, network, state, world)


def run_mishap(name: str, folder: Path, world: World) -> None:
    """Twelve steps, in the fourth of which the last process meets a mishap, but once only."""
    torch.manual_seed(0)
    network = build_network(MEMNET)
    source = PatchSampler(
        noisy_planes(), patch_size=12, stride=6, batch_size=4, seed=0, device=world.device
    )
    loop.CHECKPOINT_SECONDS = 0.0
    mark = folder / name / "mark"
    armed = world.rank == 1 and not mark.exists()
    steps: list[int] = []

    def report(state: TrainState) -> None:
        steps.append(state.step)
        if not armed or state.step != 4:
            return
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        if name == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "stopped":
            signal.raise_signal(signal.SIGTERM)
        if name == "not-finite":
            with torch.no_grad():
                network.reconstruct.conv.bias.fill_(np.nan)  # type: ignore[union-attr]

    state = train(
        network, source, as_plan(experiment(0.1), STEADY), validate=lambda network: {},
        checkpoint=folder / f"{name}.checkpoint", report=report, world=world,
        key=f"key {world.rank}" if name == "other-key" else "key",
    )  # fmt: skip
    keep(folder / name, network, state, world)
    (folder / f"{name}.steps.{world.rank}").write_text(json.dumps(steps))


def keep(path: Path, network: Network, state: TrainState, world: World) -> None:
    if world.first:
        weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        save_file(weights, path.with_suffix(".safetensors"))
        path.with_suffix(".json").write_text(json.dumps(state.history))


def as_rank(variables: dict[str, str], said: Path, arguments: list[str]) -> None:
    """Be a process of torchrun, with its variables; what is said on stderr goes to a file."""
    os.environ.update(variables)
    with said.open("w") as file:
        os.dup2(file.fileno(), 2)
    raise SystemExit(main(arguments))


@stage
def main(folder: Annotated[str, Argument()], names: Annotated[list[str], Argument()]) -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with joined(torch.device("cpu")) as world:
        for name in names:
            (run_case if name in CASES else run_mishap)(name, Path(folder), world)


if __name__ == "__main__":
    raise SystemExit(main())
