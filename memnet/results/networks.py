"""The folder that a network lives in: its weights, and the record beside them."""

from collections.abc import Mapping
from pathlib import Path

from memnet.errors import InputError
from memnet.files import copy_file, sha256_of
from memnet.models.network import Network, build_network, num_conv_weights
from memnet.models.saved import CONFIG, WEIGHTS, with_weights
from memnet.results.run_record import HISTORY, RECORD, RunRecord, read_record, write_record
from memnet.schema import TaskName

RELEASED = Path(__file__).parents[1] / "weights"
"""The released networks, which come with the package: a folder for each."""


def write_weights(folder: Path, network: Network) -> dict[str, object]:
    """Write a network to a folder; return the fields of its record that describe it."""
    network.save_pretrained(folder)
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
    network.trained_for = tasks
    about = {"method": method, "kind": "converted", "tasks": dict(tasks), "origin": dict(origin)}
    write_record(folder, RunRecord.model_validate(about | write_weights(folder, network)))


def read_network(folder: Path) -> Network:
    """Network of a folder in evaluation mode; InputError if it is missing or damaged."""
    record = read_record(folder)
    config = record.network
    if config is None:
        raise InputError(
            f"{folder / RECORD} must describe a network: delete {folder}, then run `dvc repro`"
        )
    network = with_weights(lambda: build_network(config), folder / WEIGHTS)
    network.trained_for = record.trained_for
    network.trained_on = record.training_set.dataset if record.training_set else None
    return network


def reuse_release(source: Path, folder: Path) -> None:
    """Make a released network a method, named after its folder; InputError if it is damaged."""
    record = read_record(source)
    read_network(source)
    for file in (CONFIG, WEIGHTS, HISTORY):
        copy_file(source / file, folder / file)
    named = {"method": source.name, "released": source.as_posix()}
    write_record(folder, record.model_copy(update=named))
