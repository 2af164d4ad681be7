"""What stands beside the weights or the images of a method: run.json, and history.csv."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, Field, ValidationError, model_validator

from memnet.errors import InputError
from memnet.files import read_json, write_json
from memnet.models.config import MemNetConfig, NetworkConfig
from memnet.params import Benchmark, Experiment, Recipe, TrainingSet
from memnet.schema import Section, TaskName, explain

RECORD = "run.json"
HISTORY = "history.csv"
HISTORY_COLUMNS = [
    "step", "epoch", "learning_rate", "loss", "validation_psnr", "validation_input_psnr", "seconds",
]  # fmt: skip


_NETWORK = ("network", "num_parameters", "num_conv_weights")
_NEEDED = {
    "trained": (
        *_NETWORK, "experiment", "recipe", "training_set", "data_sha256", "steps", "epochs",
        "minutes", "environment", "code_sha256", "created",
    ),
    "converted": _NETWORK,
    "callable": ("callable",),
    "images": (),
}  # fmt: skip
"""What the record of each kind must hold."""


def _iso(text: str) -> str:
    datetime.fromisoformat(text)
    return text


class LearnedSet(TrainingSet):
    """A training set, and how many of its images were trained on."""

    num_images: int


class Piece(Section):
    """What a training was computed with from a step on, see `memnet.seeding.environment`."""

    step: int
    environment: dict[str, Any]


class ReleasedScore(Section):
    """What a released network scored on a dataset at a level, PSNR in dB, and its input."""

    dataset: str
    level: int
    tiling: str
    num_images: int
    num_seeds: int
    psnr: float
    ssim: float
    input_psnr: float
    input_ssim: float


class RunRecord(Section):
    """Where a method comes from: a training here, or what others made.

    The fields from `experiment` to `created` are empty for what was not trained here.
    """

    method: str
    kind: Literal["trained", "converted", "callable", "images"]
    tasks: dict[TaskName, list[int] | None]  # what it restores, at which levels; None for any
    method_sha256: str  # of its weights, its source file or its images
    network: NetworkConfig | None = None
    num_parameters: int | None = None
    num_conv_weights: int | None = None
    experiment: Experiment | None = None
    recipe: Recipe | None = None
    training_set: LearnedSet | None = None
    data_sha256: str | None = None
    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None
    operations: float | None = None  # forward and backward, two a multiply-add
    validation_psnr: dict[str, float] | None = None  # dB at the end, by level
    validation_input_psnr: dict[str, float] | None = None
    environment: dict[str, Any] | None = None  # of the last piece of the training
    environments: list[Piece] = Field(default_factory=list)
    code_sha256: str | None = None
    git_commit: str | None = None
    git_dirty: bool | None = None
    created: Annotated[str, AfterValidator(_iso)] | None = None
    origin: dict[str, str] | None = None  # SHA-256 of each file that it was made from
    callable: str | None = None  # module:name
    parallel: bool = False  # whether it runs in several processes
    folder: str | None = None  # from which the images were copied
    released: str | None = None  # folder of a released network
    scores: list[ReleasedScore] = Field(default_factory=list)  # at its release

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "RunRecord":
        for name in _NEEDED[self.kind]:
            if getattr(self, name) is None:
                raise ValueError(f"{name} must be given of what is {self.kind}, got nothing")
        return self

    @property
    def what(self) -> str:
        """Kind of its network, or of what it is instead."""
        return self.network.kind if self.network else self.kind

    @property
    def memnet(self) -> MemNetConfig | None:
        """Size of its network, if that is a MemNet."""
        return self.network if isinstance(self.network, MemNetConfig) else None

    @property
    def trained(self) -> bool:
        """Whether this project trained it."""
        return self.kind == "trained"

    @property
    def seed(self) -> int | None:
        """Of its training here."""
        return self.experiment.seed if self.experiment else None

    @property
    def trained_for(self) -> dict[TaskName, list[int] | None]:
        """The levels of each task that its weights were trained for; None where unknown."""
        learned = self.training_set.levels if self.training_set else None
        return {task: learned if known is None else known for task, known in self.tasks.items()}

    def offered(self, task: str, levels: Sequence[int]) -> list[int]:
        """Those of `levels` that it restores, of a task that it has."""
        known = self.tasks[task]  # type: ignore[index]
        return [level for level in levels if known is None or level in known]

    def part_of(self, benchmark: Benchmark) -> Benchmark:
        """A benchmark with the levels alone that it restores."""
        levels = self.offered(benchmark.task, benchmark.levels)
        return benchmark.model_copy(update={"levels": levels})


def read_record(folder: Path) -> RunRecord:
    """Record of a method's folder; InputError if it is missing or damaged."""
    try:
        return RunRecord.model_validate(read_json(folder / RECORD))
    except ValidationError as error:
        raise InputError(
            f"{folder / RECORD}: {explain(error)}: delete {folder}, then run `dvc repro`; "
            "a released network comes back by installing memnet again"
        ) from None


def write_record(folder: Path, record: RunRecord) -> None:
    """Write the record of a method's folder."""
    write_json(folder / RECORD, record.model_dump(mode="json"))


def read_history(folder: Path) -> pd.DataFrame:
    """Curve of a training, a row per validation; InputError if it is missing or damaged."""
    path = folder / HISTORY
    try:
        return pd.read_csv(path)[HISTORY_COLUMNS].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} is missing or damaged ({error}): delete {folder}, then run `dvc repro`"
        ) from None


def require(path: Path, stage: str) -> Path:
    """The path; InputError if no file is there, with the stage that makes it."""
    if not path.is_file():
        raise InputError(f"{path} is missing: run `dvc repro` to make it ({stage})")
    return path
