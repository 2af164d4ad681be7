"""The same results as files that DVC shows: one of metrics per cell, one of all curves."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from memnet.files import finite
from memnet.results.run_record import read_history
from memnet.tasks import TASKS
from memnet.tracking.tracked import TrackedRun

CURVE_COLUMNS = ["task", "method", "step", "minutes", "loss", "learning_rate", "gain"]


def metric_files(summary: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What each file `task/dataset/method.json` holds: PSNR and SSIM by level.

    Such as `{"x2": {"psnr": 33.7}}`. `dvc metrics show` lists the methods of a dataset together.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in summary.to_dict("records"):
        path = f"{row['task']}/{row['dataset']}/{row['method']}.json"
        level = f"{TASKS[row['task']].level_prefix}{row['level']}"
        found.setdefault(path, {})[level] = {name: finite(row[name]) for name in ("psnr", "ssim")}
    return found


def all_curves(records: Iterable[TrackedRun]) -> pd.DataFrame:
    """Curves of every training in one table, a row per method and validation.

    `gain` is PSNR on the held-out images over that of their degraded inputs, in dB.
    """
    frames = [
        read_history(record.history.parent).assign(task=record.task, method=record.method)
        for record in records
        if record.history is not None
    ]
    if not frames:
        return pd.DataFrame(columns=CURVE_COLUMNS)
    table = pd.concat(frames, ignore_index=True)
    table = table.assign(
        step=table.step.astype(int),
        minutes=table.seconds / 60,
        gain=table.validation_psnr - table.validation_input_psnr,
    )
    return table[CURVE_COLUMNS]
