"""The folder that a network lives in: its weights, and the record beside them."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file

from memnet.errors import InputError
from memnet.files import sha256_of
from memnet.models.network import Network, load_network, num_conv_weights
from memnet.results.run_record import RECORD, RunRecord, read_record, write_record
from memnet.schema import TaskName

WEIGHTS = "weights.safetensors"
RELEASED = Path(__file__).parents[1] / "weights"
"""The released networks, which come with the package: a folder for each."""


def write_weights(folder: Path, network: Network) -> dict[str, object]:
    """Write the weights of a network; return the fields of its record that describe them."""
    tensors = {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    return {
        "network": network.config,
        "num_parameters": sum(p.numel() for p in network.parameters()),
        "num_conv_weights": num_conv_weights(network),
        "method_sha256": sha256_of(folder / WEIGHTS),
    }


def write_converted(
    folder: Path,
    method: str,
    tasks: Mapping[TaskName, list[int] | None],
    network: Network,
    origin: Mapping[str, str],
) -> None:
    """Write a network that others trained for `tasks`, at their levels (None: any).

    `origin` has the SHA-256 of each file that the weights were read from.
    """
    about = {"method": method, "kind": "converted", "tasks": dict(tasks), "origin": dict(origin)}
    write_record(folder, RunRecord.model_validate(about | write_weights(folder, network)))


def read_network(folder: Path) -> Network:
    """Network of a folder in evaluation mode; InputError if it is missing or damaged."""
    config = read_record(folder).network
    if config is None:
        raise InputError(
            f"{folder / RECORD} must describe a network: delete {folder}, then run `dvc repro`"
        )
    return load_network(config, folder / WEIGHTS)
