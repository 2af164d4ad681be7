"""The folder that a network lives in: its weights, and the record beside them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from safetensors.torch import save_file

from memnet.errors import InputError
from memnet.files import sha256_of, write_json
from memnet.models.config import NetworkConfig
from memnet.models.network import Network, load_network, num_conv_weights
from memnet.results.run_record import OF_TRAINING, RECORD, read_run
from memnet.schema import TaskName

WEIGHTS = "weights.safetensors"


def write_network(folder: Path, network: Network, record: Mapping[str, Any]) -> None:
    """Write the weights, and the record with what can be read off them."""
    tensors = {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    about = {
        "network_kind": network.config.kind,
        "num_parameters": sum(p.numel() for p in network.parameters()),
        "num_conv_weights": num_conv_weights(network),
        "method_sha256": sha256_of(folder / WEIGHTS),
    }
    write_json(folder / RECORD, {**record, **about})


def write_converted(
    folder: Path,
    method: str,
    tasks: Mapping[TaskName, list[int] | None],
    network: Network,
    origin: Mapping[str, str],
) -> None:
    """Write a network that others trained; of its training nothing is recorded.

    Parameters
    ----------
    tasks : what its authors trained it for, with the levels of each task; None for any level
    origin : SHA-256 of each file that the weights were read from
    """
    record: dict[str, Any] = {
        "method": method,
        "tasks": dict(tasks),
        "kind": "converted",
        "network": network.config.model_dump(),
        **dict.fromkeys(OF_TRAINING),
        "origin": dict(origin),
    }
    write_network(folder, network, record)


def read_network(folder: Path) -> Network:
    """Network of a folder in evaluation mode.

    Raises
    ------
    InputError : its record or its weights are missing or damaged
    """
    return load_network(read_config(folder), folder / WEIGHTS)


def read_config(folder: Path) -> NetworkConfig:
    """What network the record of a folder describes.

    Raises
    ------
    InputError : the record is missing or damaged
    """
    described = read_run(folder)["network"]
    try:
        config: NetworkConfig = TypeAdapter(NetworkConfig).validate_python(described)
    except ValidationError as error:
        raise InputError(
            f"{folder / RECORD} must describe a network ({error.errors()[0]['msg']}): delete "
            f"{folder}, then run `dvc repro`"
        ) from None
    return config
