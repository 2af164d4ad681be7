"""What stands beside a network's weights: run.json and, of a training, history.csv."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from memnet.errors import InputError
from memnet.files import read_json
from memnet.schema import TaskName, explain

if TYPE_CHECKING:
    from memnet.params import Benchmark

RECORD = "run.json"
HISTORY = "history.csv"
# Null for a method of others, of whose training nothing is recorded.
OF_TRAINING = (
    "experiment", "recipe", "training_set", "data_sha256", "steps", "epochs", "minutes",
    "validation_psnr", "validation_input_psnr", "environment", "code_sha256", "git_commit",
    "git_dirty", "created",
)  # fmt: skip
HISTORY_COLUMNS = [
    "step", "epoch", "learning_rate", "loss", "validation_psnr", "validation_input_psnr", "seconds",
]  # fmt: skip


class _Part(BaseModel):
    """What readers rely on; a record may say more."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)


class _Experiment(_Part):
    budget: dict[str, float | None] = {}


class _TrainingSet(_Part):
    dataset: str
    levels: Annotated[list[int], Field(min_length=1)] | None = None


class _Piece(_Part):
    environment: dict[str, Any]


class _Score(_Part):
    dataset: str
    level: int
    tiling: str
    num_images: int
    num_seeds: int
    psnr: float
    ssim: float
    input_psnr: float
    input_ssim: float


class _Run(_Part):
    method: str
    tasks: dict[TaskName, list[int] | None]
    kind: str
    network: dict[str, Any] | None
    network_kind: str
    num_parameters: int | None
    num_conv_weights: int | None
    method_sha256: str
    experiment: _Experiment | None
    recipe: dict[str, Any] | None
    training_set: _TrainingSet | None
    data_sha256: str | None
    steps: int | None
    epochs: float | None
    minutes: float | None
    validation_psnr: dict[str, float] | None
    validation_input_psnr: dict[str, float] | None
    environment: dict[str, Any] | None
    code_sha256: str | None
    git_commit: str | None
    git_dirty: bool | None
    created: Annotated[str, AfterValidator(datetime.fromisoformat)] | None
    environments: list[_Piece] = []
    scores: list[_Score] = []  # of a released network


def read_run(folder: Path) -> dict[str, Any]:
    """Record of a network.

    Raises
    ------
    InputError : it is missing or damaged
    """
    record: dict[str, Any] = read_json(folder / RECORD)
    try:
        _Run.model_validate(record)
    except ValidationError as error:
        raise InputError(
            f"{folder / RECORD}: {explain(error)}: delete {folder}, then run `dvc repro`"
        ) from None
    return record


def offered(run: Mapping[str, Any], task: str, levels: Sequence[int]) -> list[int]:
    """Those of `levels` that a method restores, of a task that it has; None stands for all."""
    known = run["tasks"][task]
    return [level for level in levels if known is None or level in known]


def offered_part(benchmark: "Benchmark", run: Mapping[str, Any]) -> "Benchmark":
    """A benchmark with the levels alone that a method restores."""
    levels = offered(run, benchmark.task, benchmark.levels)
    return benchmark.model_copy(update={"levels": levels})


def read_history(folder: Path) -> pd.DataFrame:
    """Curve of a training, one row per validation, in `HISTORY_COLUMNS`.

    Raises
    ------
    InputError : it is missing or damaged
    """
    path = folder / HISTORY
    try:
        return pd.read_csv(path)[HISTORY_COLUMNS].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} is missing or damaged ({error}): delete {folder}, then run `dvc repro`"
        ) from None


def require(path: Path, stage: str) -> Path:
    """The path of a file that is there.

    Raises
    ------
    InputError : it is missing; the stage that makes it is named
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: run `dvc repro` to make it ({stage})")
    return path
