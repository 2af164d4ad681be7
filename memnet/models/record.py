"""What stands beside a network's weights: run.json and, of a training, history.csv."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from memnet.errors import InputError
from memnet.files import read_json

RECORD = "run.json"
HISTORY = "history.csv"
OF_ALL = (
    "method", "tasks", "kind", "network", "network_kind", "num_parameters", "num_conv_weights",
    "method_sha256",
)  # fmt: skip
# Null for a method of others, of whose training nothing is recorded.
OF_TRAINING = (
    "experiment", "recipe", "training_set", "data_sha256", "steps", "epochs", "minutes",
    "validation_psnr", "validation_input_psnr", "environment", "code_sha256", "git_commit",
    "git_dirty", "created",
)  # fmt: skip
HISTORY_COLUMNS = [
    "step", "epoch", "learning_rate", "loss", "validation_psnr", "validation_input_psnr", "seconds",
]  # fmt: skip


def read_run(folder: Path) -> dict[str, Any]:
    """Record of a network.

    Raises
    ------
    InputError : it is missing or damaged
    """
    record = read_json(folder / RECORD)
    lacking = [key for key in (*OF_ALL, *OF_TRAINING) if key not in record]
    if not isinstance(record, dict) or lacking:
        raise InputError(
            f"{folder / RECORD} lacks {lacking[0]}: delete {folder}, then run `dvc repro`"
        )
    return record


def offered(run: Mapping[str, Any], task: str, levels: Sequence[int]) -> list[int]:
    """Those of `levels` that a method restores, of a task that it has; None stands for all."""
    known = run["tasks"][task]
    return [level for level in levels if known is None or level in known]


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
