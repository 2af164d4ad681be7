"""Resumable state of a training: tensors and a JSON record in one safetensors file, no pickle."""

import json
from pathlib import Path
from typing import Any, NamedTuple

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


class Checkpoint(NamedTuple):
    """What was saved: the record, and the tensors of network and optimiser."""

    record: Any
    tensors: dict[str, Tensor]

    def restore(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Put the tensors into a network and an optimiser of their sizes."""
        network.load_state_dict(_below("network/", self.tensors))
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _below("optimizer/", self.tensors).items():
            index, slot = name.split("/")
            slots.setdefault(int(index), {})[slot] = tensor
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": slots, "param_groups": groups})


def read_checkpoint(path: Path, key: str, world: World = ALONE) -> Checkpoint | None:
    """A checkpoint, or None where there is none; the first process alone reads it.

    An InputError if the file is damaged, or was saved under another key.
    """
    return world.from_first(lambda: _read(path, key))


def _read(path: Path, key: str) -> Checkpoint | None:
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
    return Checkpoint(state["record"], tensors)


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
