"""What results/methods/ says about a method: its parameters, tags, totals and curves."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from memnet.results.run_record import HISTORY, RECORD, read_history, read_run, require
from memnet.tasks import TASKS
from memnet.tracking.tracked import CURVES, Point, key_of, texts, without_places

if TYPE_CHECKING:
    from memnet.params import Params

_CONFIG = ("network", "experiment", "recipe", "training_set")
_HASHES = ("data_sha256", "method_sha256")
# Said by the params `network`, `budget`, `training_set` and `training_levels`, or the same in all
# runs of an experiment; whole in the artifact config.yaml.
_LEFT_OUT = {
    "network": {"kind"},
    "experiment": {"task", "network", "training_set", "budget"},
    "recipe": set[str](),
    "training_set": {"task", "dataset", "levels", "validation", "num_images"},
}


def read_card(folder: Path, method: str) -> dict[str, Any]:
    """Record of a method, in which no absolute path stands.

    Raises
    ------
    InputError : it is missing or damaged
    """
    require(folder / RECORD, f"stage train, convert or adopt of {method}")
    record: dict[str, Any] = without_places(read_run(folder))
    return record


def method_key(params: "Params", task: str, run: Mapping[str, Any]) -> str:
    """Hash of a method's configuration, data and weights in a profile."""
    hashes = {name: run[name] for name in _HASHES}
    identity = ["training", task, run["method"], params.profile, params.budget]
    return key_of([*identity, full_config(run), hashes])


def full_config(run: Mapping[str, Any]) -> dict[str, Any]:
    """Network, experiment, recipe and training set as they were resolved."""
    return {name: run[name] for name in _CONFIG}


def short_params(run: Mapping[str, Any]) -> dict[str, str]:
    """The settings that methods are compared by, under their last names.

    `tests/test_records.py` holds that no two sections share such a name.
    """
    config = {name: part or {} for name, part in full_config(run).items()}
    budget = config["experiment"].get("budget", {})
    values = {
        "network": run["network_kind"],
        "origin": run["kind"],  # trained, converted, callable or images
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


def method_tags(run: Mapping[str, Any]) -> dict[str, str]:
    """Where a method comes from, and what it was trained with."""
    return texts(
        {
            "network_kind": run["network_kind"],
            "origin": run["kind"],
            "config_key": key_of(full_config(run)),
            **{name: run[name] for name in _HASHES},
            "code_sha256": run["code_sha256"],
            "mlflow.source.git.commit": run["git_commit"],  # under this name the UI shows it
            "git_commit": run["git_commit"],  # and under this one it can be searched
            "git_dirty": run["git_dirty"],
            "files": f"results/methods/{run['method']}",
            **_environment(run),
        }
    )


def _environment(run: Mapping[str, Any]) -> dict[str, str]:
    """Tags of what a method was trained with; all values, where pieces of it differ in one."""
    pieces = [piece["environment"] for piece in run.get("environments", [])]
    pieces = pieces or [run["environment"] or {}]
    return {
        f"environment.{name}": ", ".join(dict.fromkeys(str(piece[name]) for piece in pieces))
        for name in pieces[-1]
    }


def method_points(folder: Path, run: Mapping[str, Any], task: str) -> Iterator[Point]:
    """Totals of a method, and the curves of its training where it was trained here."""
    for name in ("num_parameters", "num_conv_weights", "steps", "epochs", "minutes"):
        if run[name] is not None:
            yield Point(name, run[name])
    for name in ("validation_psnr", "validation_input_psnr"):
        for level, value in (run[name] or {}).items():
            yield Point(f"{name}/{TASKS[task].level_prefix}{level}", value)
    if history_file(folder, run) is not None:
        for row in read_history(folder).to_dict("records"):
            for name in CURVES:
                if pd.notna(row[name]):
                    yield Point(name, row[name], int(row["step"]), row["seconds"])


def history_file(folder: Path, run: Mapping[str, Any]) -> Path | None:
    """Curves of a training; a method of others has none."""
    if run["kind"] != "trained":
        return None
    return require(folder / HISTORY, f"stage train of {folder.name}")


def training_began(run: Mapping[str, Any]) -> datetime | None:
    """When a training began, counted back from its end by the minutes that it took."""
    if not run["created"]:
        return None
    return datetime.fromisoformat(run["created"]) - timedelta(minutes=run["minutes"] or 0)
