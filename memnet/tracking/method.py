"""What the record of a method says: the parameters, tags, totals and curves of its run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from memnet.params import Params
from memnet.results.run_record import RunRecord, read_history
from memnet.tasks import TASKS
from memnet.tracking.tracked import CURVES, Point, key_of

# Said by the params `network`, `budget`, `training_set` and `training_levels`, or the same in all
# runs of an experiment; whole in the artifact config.yaml.
_LEFT_OUT = {
    "network": {"kind"},
    "experiment": {"task", "network", "training_set", "budget"},
    "recipe": set[str](),
    "training_set": {"task", "dataset", "levels", "validation", "num_images"},
}


def method_key(params: Params, task: str, record: RunRecord) -> str:
    """Hash of a method's configuration, data and weights in a profile."""
    hashes = {"data_sha256": record.data_sha256, "method_sha256": record.method_sha256}
    identity = ["training", task, record.method, params.profile, params.budget]
    return key_of([*identity, full_config(record), hashes])


def full_config(record: RunRecord) -> dict[str, Any]:
    """Network, experiment, recipe and training set as they were resolved."""
    return record.model_dump(mode="json", include=set(_LEFT_OUT))


def short_params(record: RunRecord) -> dict[str, str]:
    """The settings that methods are compared by, under their last names.

    `tests/test_records.py` holds that no two sections share such a name.
    """
    config = {name: part or {} for name, part in full_config(record).items()}
    budget = config["experiment"].get("budget", {})
    values = {
        "network": record.what,
        "origin": record.kind,
        "budget": " or ".join(f"{amount} {unit}" for unit, amount in budget.items() if amount),
        "training_set": config["training_set"].get("dataset"),
        "training_levels": config["training_set"].get("levels"),
    }
    for name, left_out in _LEFT_OUT.items():
        values |= {key: value for key, value in config[name].items() if key not in left_out}
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if value not in (None, "")
    }


def method_tags(record: RunRecord) -> dict[str, str]:
    """Where a method comes from, and what it was trained with; what is unknown gets no tag."""
    tags = {
        "network_kind": record.what,
        "origin": record.kind,
        "config_key": key_of(full_config(record)),
        "data_sha256": record.data_sha256,
        "method_sha256": record.method_sha256,
        "code_sha256": record.code_sha256,
        "mlflow.source.git.commit": record.git_commit,  # under this name the UI shows it
        "git_commit": record.git_commit,  # and under this one it can be searched
        "git_dirty": record.git_dirty,
        "files": f"results/methods/{record.method}",
        **_environment(record),
    }
    return {name: str(value) for name, value in tags.items() if value is not None}


def _environment(record: RunRecord) -> dict[str, str]:
    """Tags of what a method was trained with; all values, where pieces of it differ in one."""
    pieces = [piece.environment for piece in record.environments] or [record.environment or {}]
    return {
        f"environment.{name}": ", ".join(dict.fromkeys(str(piece[name]) for piece in pieces))
        for name in pieces[-1]
    }


def method_points(record: RunRecord, history: Path | None, task: str) -> Iterator[Point]:
    """Totals of a method, and the curves of its training where it was trained here."""
    for name in ("num_parameters", "num_conv_weights", "steps", "epochs", "minutes"):
        if (total := getattr(record, name)) is not None:
            yield Point(name, total)
    for name in ("validation_psnr", "validation_input_psnr"):
        for level, value in (getattr(record, name) or {}).items():
            yield Point(f"{name}/{TASKS[task].level_prefix}{level}", value)
    if history is not None:
        for row in read_history(history.parent).to_dict("records"):
            for name in CURVES:
                if pd.notna(row[name]):
                    yield Point(name, row[name], int(row["step"]), row["seconds"])
