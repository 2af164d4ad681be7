"""Curves of a training that is under way."""

import math
import os
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING, Any

from memnet.tracking.store import experiment_of, log_points, open_store, profile_runs
from memnet.tracking.tracked import CURVES, Point

if TYPE_CHECKING:
    from mlflow import MlflowClient

# Between two looks at the machine; MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL wins.
SYSTEM_SECONDS = 30


class LiveRun:
    """Curves of a training under way, which `upsert` replaces by the finished run.

    The first `log` makes the run and deletes an older live one of the same method and profile. If
    MLflow fails or is not installed, the curves end and the training goes on.
    """

    def __init__(self, method: str, task: str, profile: str, uri: str) -> None:
        self._tags = {
            "kind": "training", "live": "true", "method": method, "task": task, "profile": profile
        }  # fmt: skip
        self._uri = uri
        self._run_id: str | None = None
        self._open = True
        self._last_step = -1

    def log(self, step: int, values: Mapping[str, float | None]) -> None:
        """Add a point to each of `CURVES` if the step is new; None and NaN mean "not measured"."""
        if not self._open or step <= self._last_step:
            return
        self._last_step = step
        points = [
            Point(name, value, step)
            for name in CURVES
            if (value := values.get(name)) is not None and not math.isnan(value)
        ]
        try:
            with open_store(self._uri) as client:
                if self._run_id is None:
                    self._run_id = self._start(client)
                log_points(client, self._run_id, points, int(time() * 1000))
        except ImportError as error:
            self._open = False
            print(f"training goes on without live curves: {error}", file=sys.stderr)
        except Exception as error:  # whatever it is, hours of training are worth more
            self._open = False
            warnings.warn(f"live curves in MLflow end at step {step}: {error}", stacklevel=2)

    def _start(self, client: "MlflowClient") -> str:
        method = self._tags["method"]
        experiment = experiment_of(client, self._tags["task"], self._uri)
        for run in profile_runs(client, experiment, self._tags["profile"]):
            if run.data.tags.get("live") and run.data.tags["method"] == method:
                client.delete_run(run.info.run_id)
        name = f"{method} (training)"
        run_id = str(client.create_run(experiment, run_name=name, tags=self._tags).info.run_id)
        wanted = os.environ.get("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "true").lower()
        monitor: Any = None  # mlflow leaves it without types
        with suppress(ImportError):  # psutil comes with DVC, which a bare GPU machine may lack
            from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

            monitor = SystemMetricsMonitor
        if monitor and wanted not in ("false", "0"):  # processor, memory, disk, network and GPU
            monitor(run_id, sampling_interval=SYSTEM_SECONDS, tracking_uri=self._uri).start()
        return run_id
