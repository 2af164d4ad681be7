"""Resumable state of a training: tensors and a JSON record in one safetensors file, no pickle."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.training.distributed import ALONE, World


def save_checkpoint(
    path: Path, key: str, network: nn.Module, optimizer: torch.optim.Optimizer, record: Any
) -> None:
    """Write network, optimiser and a JSON-able record atomically, under the run's `key`."""
    tensors = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
    for index, slots in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": t for name, t in slots.items() if t is not None}
    metadata = {"state": json.dumps({"key": key, "record": record})}
    with atomic_path(path) as part:
        save_file({k: t.detach().contiguous() for k, t in tensors.items()}, part, metadata)


def load_checkpoint(
    path: Path, key: str, network: nn.Module, optimizer: torch.optim.Optimizer, world: World = ALONE
) -> Any | None:
    """Put a checkpoint's state into network and optimiser; the first process alone reads it.

    Returns the record that was saved with it, or None where there is no checkpoint. An InputError
    if the file is damaged, or was saved under another key.
    """
    found = world.from_first(lambda: _read(path, key))
    if found is None:
        return None
    record, tensors = found
    network.load_state_dict(_below("network/", tensors))
    slots: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _below("optimizer/", tensors).items():
        index, slot = name.split("/")
        slots.setdefault(int(index), {})[slot] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})
    return record


def _read(path: Path, key: str) -> tuple[Any, dict[str, Tensor]] | None:
    """Record and tensors of a checkpoint; None where there is none."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as stream:
            state = json.loads((stream.metadata() or {})["state"])
            names = stream.keys()
            tensors = {name: stream.get_tensor(name) for name in names}
    except (SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is no whole checkpoint ({error}): delete it to start anew"
        ) from None
    if state["key"] != key:
        raise InputError(
            f"{path} belongs to another config, data set, code version, engine or precision: "
            "restore those to go on, or delete it to start anew"
        )
    return state["record"], tensors


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
