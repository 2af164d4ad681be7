"""The folder that a network lives in: weights, and a record of how they came about."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save_file

from memnet.data.patches import PatchSource
from memnet.files import sha256_of, write_json
from memnet.models.network import Network, num_conv_weights
from memnet.params import Plan
from memnet.seeding import code_sha256, environment, git_state
from memnet.training.loop import Progress
from memnet.training.validation import Validation

HISTORY_COLUMNS = [
    "step", "epoch", "learning_rate", "loss", "validation_psnr", "validation_input_psnr", "seconds"
]  # fmt: skip


def resume_key(plan: Plan, *, data_sha256: str) -> str:
    """Hash of config, data and code: what a resumed training must share."""
    identity = [plan.model_dump(), data_sha256, code_sha256(), torch.__version__]
    return sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def write_run(
    folder: Path, method: str, plan: Plan, network: Network, state: Progress,
    source: PatchSource, validation: Validation, *, data_sha256: str, num_images: int,
) -> None:  # fmt: skip
    """Write weights.safetensors, history.csv and run.json of a finished training.

    Parameters
    ----------
    num_images : images trained on, the held-out ones not counted
    """
    input_psnr = validation.of_input()
    history = pd.DataFrame(state.history)
    history["validation_input_psnr"] = (
        sum(input_psnr.values()) / len(input_psnr) if input_psnr else None
    )
    history[HISTORY_COLUMNS].to_csv(folder / "history.csv", index=False)
    settings = plan.model_dump()
    settings["training_set"]["num_images"] = num_images
    record = {
        "method": method,
        "task": plan.experiment.task,
        "kind": "trained",
        **settings,
        "data_sha256": data_sha256,
        "steps": state.step,
        "epochs": state.step / source.steps_per_epoch,
        "minutes": state.seconds / 60,
        "validation_psnr": {str(k): v for k, v in state.validation.items()} or None,
        "validation_input_psnr": {str(k): v for k, v in input_psnr.items()} or None,
        "environment": environment(source.device),
    }
    write_network(folder, network, record)


def write_converted(
    folder: Path, method: str, tasks: Sequence[str], network: Network, origin: Mapping[str, str]
) -> None:
    """Write weights.safetensors and run.json of a network that others trained.

    Parameters
    ----------
    tasks : what its authors trained it for
    origin : SHA-256 of each file that the weights were read from
    """
    unknown = ("experiment", "recipe", "training_set", "data_sha256", "steps", "epochs", "minutes",
               "validation_psnr", "validation_input_psnr")  # fmt: skip
    record: dict[str, Any] = {
        "method": method,
        "tasks": list(tasks),
        "kind": "converted",
        "network": network.config.model_dump(),
        **dict.fromkeys(unknown),
        "origin": dict(origin),
        "environment": environment(torch.device("cpu")),
    }
    write_network(folder, network, record)


def write_network(folder: Path, network: Network, record: Mapping[str, Any]) -> None:
    """Write the weights, and the record with what can be read off them and the code."""
    weights = folder / "weights.safetensors"
    tensors = {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}
    save_file(tensors, weights)
    commit, dirty = git_state()
    about = {
        "network_kind": network.config.kind,
        "num_parameters": sum(p.numel() for p in network.parameters()),
        "num_conv_weights": num_conv_weights(network),
        "weights_sha256": sha256_of(weights),
        "code_sha256": code_sha256(),
        "git_commit": commit,
        "git_dirty": dirty,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(folder / "run.json", {**record, **about})
