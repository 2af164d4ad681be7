"""One method of a task, with its training and its evaluations, as a run is made of it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from memnet.files import sha256_of
from memnet.results.rows import SUMMARY_COLUMNS
from memnet.results.run_record import RunRecord
from memnet.tasks import TASKS

CURVES = ["loss", "learning_rate", "validation_psnr", "validation_input_psnr"]
RESULT_COLUMNS = [*SUMMARY_COLUMNS, "run_key"]
LAYOUT = 2  # of a run in MLflow; raised when a run shows something else, it makes every run again


class Point(NamedTuple):
    """One measured value: of a curve at a step, or of the whole run at step 0."""

    name: str
    value: float
    step: int = 0
    seconds: float = 0.0  # since the run began


@dataclass(frozen=True)
class TrackedEvaluation:
    """A method on one benchmark."""

    benchmark: str
    dataset: str
    facts: dict[str, str]  # tiling, engine and device; empty for the degraded input
    points: list[Point]  # every summary value of every level
    rows: pd.DataFrame = field(repr=False)
    crops: dict[str, Path]  # by level, such as x3; for the degraded input the target's as well


@dataclass(frozen=True)
class TrackedRun:
    """A method of a task with its results; `key` changes with its configuration and results."""

    method: str
    task: str
    key: str
    params: dict[str, str]
    tags: dict[str, str]
    points: list[Point]  # scores of every evaluation, totals of the training and its curves
    record: RunRecord | None  # None for the degraded input
    history: Path | None  # history.csv of a training here
    evaluations: tuple[TrackedEvaluation, ...]
    rows: pd.DataFrame | None = field(repr=False)  # None for a training that is not evaluated

    @property
    def shown(self) -> str:
        """Hash of what a run shows beside the results that `key` stands for."""
        crops = {
            f"{evaluation.benchmark}/{name}": sha256_of(path)
            for evaluation in self.evaluations
            for name, path in evaluation.crops.items()
        }
        return key_of([LAYOUT, crops])


def metric_name(score: str, task: str, dataset: str, level: int) -> str:
    """Name of a cell's score among the metrics of its run, such as `psnr/set5/x2`."""
    return f"{score}/{dataset}/{TASKS[task].level_prefix}{level}"


def key_of(identity: Any) -> str:
    """First 16 hex digits of the SHA-256 of a value's canonical JSON."""
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
