"""A network in a folder, as hubs of models keep one: config.json and model.safetensors."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import torch
from pydantic import Field, ValidationError
from safetensors.torch import load_file, save_file
from torch import nn

from memnet.errors import InputError
from memnet.files import atomic_path, write_text
from memnet.schema import Section, TaskName, explain

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
Config = TypeVar("Config", bound=Section)
Levels = Mapping[TaskName, Sequence[int] | None]
"""The levels of each task; None where they are unknown."""


class _Training(Section):
    """What config.json says of the weights."""

    trained_for: Annotated[dict[TaskName, list[int] | None], Field(min_length=1)] | None
    trained_on: str | None


class SavedNetwork(nn.Module, Generic[Config]):
    """A network that knows its configuration, and a folder can hold."""

    config_type: ClassVar[type[Section]]
    config: Config
    trained_for: Levels | None = None  # tasks and levels of its weights; None if unknown
    trained_on: str | None = None  # dataset; None if unknown, as for networks of others

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Self:
        """Network in evaluation mode from a folder that `save_pretrained` wrote, or a released one.

        Nothing is contacted: fetch a folder that lies on a hub first.

        Raises
        ------
        InputError : a file is missing or damaged, or the folder holds another kind of network
        """
        folder = Path(folder)
        about = read_config(folder)
        kind, wanted = about.get("kind"), cls.config_type.model_fields["kind"].default
        if kind != wanted:
            raise InputError(f"{folder / CONFIG}: kind must be {wanted}, got {kind!r}")
        known = {key: about.pop(key, None) for key in _Training.model_fields}
        try:
            training = _Training.model_validate(known)
            config: Any = cls.config_type.model_validate(about)
        except ValidationError as error:
            raise InputError(f"{folder / CONFIG}: {explain(error)}") from None
        network = with_weights(lambda: cls(config), folder / WEIGHTS)
        network.trained_for, network.trained_on = training.trained_for, training.trained_on
        return network

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the network to a folder, which is made if it is missing."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: t.detach().cpu().contiguous() for name, t in self.state_dict().items()}
        with atomic_path(folder / WEIGHTS) as part:
            save_file(tensors, part)
        write_config(folder, self)


def read_config(folder: Path) -> dict[str, Any]:
    """What config.json says; InputError if it is missing or is no mapping."""
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(f"{folder} must hold {CONFIG} and {WEIGHTS}, but has no {CONFIG}")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise InputError(f"{path} must be a whole JSON file of keys and values; copy it again")
    return about


def write_config(folder: Path, network: SavedNetwork[Any]) -> None:
    """Write config.json: the configuration, and what the weights learned if it is known."""
    about = network.config.model_dump(mode="json")
    if network.trained_for is not None:
        about["trained_for"] = {task: v and list(v) for task, v in network.trained_for.items()}
    if network.trained_on is not None:
        about["trained_on"] = network.trained_on
    write_text(folder / CONFIG, json.dumps(about, indent=2) + "\n")


Built = TypeVar("Built", bound=SavedNetwork[Any])


def with_weights(build: Callable[[], Built], weights: str | Path) -> Built:
    """Network in evaluation mode with the weights of a safetensors file.

    InputError if it is not such a file, or if its tensors are not those of the network.
    """
    with torch.device("meta"):  # a wrong size takes no memory before the file contradicts it
        network = build()
    try:
        mapped = load_file(weights)  # cloned, as what is mapped changes with the file
        tensors = {name: tensor.clone() for name, tensor in mapped.items()}
        network.load_state_dict(tensors, assign=True)
    except FileNotFoundError:
        raise InputError(
            f"{weights} is missing: copy its folder again, or run the stage that makes it"
        ) from None
    except Exception as error:  # safetensors and torch raise several plain types here
        reason = str(error).splitlines()[0]
        config = network.config
        raise InputError(
            f"{weights} must hold the weights of a {config.kind} network {config.model_dump()}, "
            f"but: {reason}"
        ) from error
    return network.float().eval()
