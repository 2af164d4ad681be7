"""Records of runs: what the files under results/ say about each training and each evaluation."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from memnet.errors import InputError
from memnet.files import read_json
from memnet.models.record import HISTORY, RECORD, offered, read_history, read_run
from memnet.rows import (
    CELL_COLUMNS,
    IMAGE_COLUMNS,
    SUMMARY_COLUMNS,
    check_rows,
    read_rows,
    summarise,
)
from memnet.tasks import TASKS

if TYPE_CHECKING:
    from memnet.params import Benchmark, Cells, Params

CURVES = ["loss", "learning_rate", "validation_psnr", "validation_input_psnr"]
_FACTS = ("tiling", "engine", "device")  # how a method was evaluated
RESULT_COLUMNS = [*SUMMARY_COLUMNS, "run_key"]


class Point(NamedTuple):
    """One measured value: of a curve at a step, or of the whole run at step 0."""

    name: str
    value: float
    step: int = 0
    seconds: float = 0.0  # since the run began


@dataclass(frozen=True)
class RunRecord:
    """One run, complete: the `key` is the same for as long as its configuration and results are."""

    kind: str  # "training" or "evaluation"
    method: str
    task: str
    key: str
    params: dict[str, str]
    tags: dict[str, str]
    points: list[Point]
    began: datetime | None = None  # None: the files do not say
    rows: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def label(self) -> dict[str, str]:
        """What names the run, free of times and of MLflow's random run id."""
        return {
            "method": self.method,
            "task": self.task,
            "kind": self.kind,
            "run_key": self.key,
        }


def collect_records(params: "Params", results: str | Path = "results") -> list[RunRecord]:
    """Records of every run that the grid of params.yaml asks for, in its order.

    Parameters
    ----------
    params : the grid, its benchmarks, and the profile and budget every run is tagged with
    results : folder with `methods/`, `evaluate/` and `calibrate/`

    Returns
    -------
    For each task one training record per method, then one evaluation record per method and one
    for `input`.

    Raises
    ------
    InputError
        When a result file is missing, does not hold the levels of its benchmark, or was made with
        other weights than the method has now.
    """
    folder = Path(results)
    records: list[RunRecord] = []
    for task, cells in grid_cells(params):
        runs = {name: _run(folder, name) for name in cells.methods}
        made = {name: _training(params, folder, task, run) for name, run in runs.items()}
        records.extend(made.values())
        for method in ["input", *cells.methods]:
            benchmarks = {
                name: _offered(params.benchmarks[name], runs.get(method))
                for name in cells.benchmarks
            }
            training = made.get(method)
            records.append(_evaluation(params, folder, task, method, training, benchmarks))
    return records


def grid_cells(params: "Params") -> list[tuple[str, "Cells"]]:
    """Tasks that the grid evaluates, with their methods and benchmarks."""
    return [(task, cells) for task, cells in dict(params.grid).items() if cells.benchmarks]


def summarise_records(records: list[RunRecord]) -> pd.DataFrame:
    """Results of the evaluation records, one row per cell, sorted, in `RESULT_COLUMNS`."""
    cells = [summarise(r.rows).assign(run_key=r.key) for r in records if r.rows is not None]
    return pd.concat(cells).sort_values(CELL_COLUMNS, ignore_index=True)[RESULT_COLUMNS]


def metric_name(score: str, task: str, dataset: str, level: int) -> str:
    """Name of a cell's score among the metrics of its run, such as `psnr/set5/x2`."""
    return f"{score}/{dataset}/{TASKS[task].level_prefix}{level}"


def flatten(value: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Leaves of nested mappings as dotted keys and text; lists and None are written as JSON."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{prefix}.{key}")
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value)


def _key(identity: Any) -> str:
    """First 16 hex digits of the SHA-256 of a value's canonical JSON."""
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _require(path: Path, stage: str) -> Path:
    if not path.is_file():
        raise InputError(f"{path} is missing: run `dvc repro` to make it ({stage})")
    return path


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Tags out of values; one that is unknown (None) gets no tag."""
    return {name: str(value) for name, value in values.items() if value is not None}


def _run(results: Path, method: str) -> dict[str, Any]:
    folder = results / "methods" / method
    _require(folder / RECORD, f"stage train, convert or adopt of {method}")
    return read_run(folder)


def _offered(benchmark: "Benchmark", run: Mapping[str, Any] | None) -> "Benchmark":
    """A benchmark with the levels alone that a method restores."""
    if run is None:
        return benchmark
    levels = offered(run, benchmark.task, benchmark.levels)
    return benchmark.model_copy(update={"levels": levels})


def _training(params: "Params", results: Path, task: str, run: Mapping[str, Any]) -> RunRecord:
    method = run["method"]
    folder = results / "methods" / method
    config = {name: run[name] for name in ("network", "experiment", "recipe", "training_set")}
    hashes = {name: run[name] for name in ("data_sha256", "method_sha256")}
    identity = ["training", task, method, params.profile, params.budget, config, hashes]
    key = _key(identity)
    tags = {
        "network_kind": run["network_kind"],
        "origin": run["kind"],  # trained, converted, callable or images
        "config_key": _key(config),
        **hashes,
        "code_sha256": run["code_sha256"],
        "mlflow.source.git.commit": run["git_commit"],  # the name under which the UI shows it
        "git_dirty": run["git_dirty"],
        "files": f"results/methods/{method}",
        **_environment(run),
    }
    took = timedelta(minutes=run["minutes"] or 0)
    return RunRecord(
        kind="training",
        method=method,
        task=task,
        key=key,
        params={name: text for part in config for name, text in flatten(config[part], part)},
        tags=_texts(tags),
        points=[*_totals(run, task), *_curves(folder, run["kind"])],
        began=datetime.fromisoformat(run["created"]) - took if run["created"] else None,
    )


def _environment(run: Mapping[str, Any]) -> dict[str, str]:
    """Tags of what a method was trained with; all values, where pieces of it differ in one."""
    pieces = [piece["environment"] for piece in run.get("environments", [])]
    pieces = pieces or [run["environment"] or {}]
    return {
        f"environment.{name}": ", ".join(dict.fromkeys(str(piece[name]) for piece in pieces))
        for name in pieces[-1]
    }


def _totals(run: Mapping[str, Any], task: str) -> Iterator[Point]:
    """Values of a whole training."""
    for name in ("num_parameters", "num_conv_weights", "steps", "epochs", "minutes"):
        if run[name] is not None:
            yield Point(name, run[name])
    for name in ("validation_psnr", "validation_input_psnr"):
        for level, value in (run[name] or {}).items():
            yield Point(f"{name}/{TASKS[task].level_prefix}{level}", value)


def _curves(folder: Path, kind: str) -> Iterator[Point]:
    """Values of a training by step; a method of others has none."""
    if kind != "trained":
        return
    _require(folder / HISTORY, f"stage train of {folder.name}")
    for row in read_history(folder).to_dict("records"):
        for name in CURVES:
            if pd.notna(row[name]):
                yield Point(name, row[name], int(row["step"]), row["seconds"])


def _evaluation(
    params: "Params",
    results: Path,
    task: str,
    method: str,
    training: RunRecord | None,
    benchmarks: Mapping[str, "Benchmark"],
) -> RunRecord:
    weights = training.tags["method_sha256"] if training else None
    how: dict[str, str] = {}
    parts = []
    for name, benchmark in benchmarks.items():
        folder = results / ("evaluate" if training else "calibrate")
        folder = folder / method / name if training else folder / name
        parts.append(_benchmark_rows(folder / "rows.csv", method, name, benchmark))
        if training:
            how |= _evaluation_facts(folder / "evaluation.json", name, weights)
    rows = check_rows(pd.concat(parts, ignore_index=True), f"{method} of {task}")
    scores = rows[[*IMAGE_COLUMNS, "psnr", "ssim"]].sort_values(IMAGE_COLUMNS)
    identity = {
        "evaluation": [task, method, params.profile, params.budget, weights],
        "training": training.key if training else None,
        "rows": hashlib.sha256(
            scores.to_csv(index=False, lineterminator="\n").encode()
        ).hexdigest(),
    }
    tags = {
        "method_sha256": weights,
        "training_run_key": identity["training"],
        "files": f"results/evaluate/{method}" if training else "results/calibrate",
    }
    return RunRecord(
        kind="evaluation",
        method=method,
        task=task,
        key=_key(identity),
        params=how,
        tags=_texts(tags),
        points=list(_scores(rows)),
        rows=rows,
    )


def _benchmark_rows(path: Path, method: str, name: str, benchmark: "Benchmark") -> pd.DataFrame:
    """Rows of one benchmark, which must be exactly its cells."""
    stage = f"calibrate of {name}" if method == "input" else f"evaluate of {method} on {name}"
    rows = read_rows(_require(path, f"stage {stage}"))
    wanted = {(method, benchmark.task, benchmark.dataset, level) for level in benchmark.levels}
    found = set(rows[CELL_COLUMNS].itertuples(index=False, name=None))
    if odd := sorted(wanted ^ found):
        what = "lacks" if odd[0] in wanted else "must not hold"
        raise InputError(
            f"{path} {what} {', '.join(map(str, odd[0]))}: run `dvc repro` to make it again "
            f"(stage {stage})"
        )
    return rows


def _evaluation_facts(path: Path, name: str, weights: str | None) -> dict[str, str]:
    """How a method was evaluated on the benchmark `name`, as parameters of the run."""
    facts = read_json(_require(path, f"stage evaluate on {name}"))
    if lacking := [key for key in (*_FACTS, "method", "method_sha256") if key not in facts]:
        raise InputError(f"{path} lacks {lacking[0]}: delete it, then run `dvc repro`")
    if facts["method_sha256"] != weights:
        raise InputError(
            f"{path} was made with weights {facts['method_sha256']:.12}, but "
            f"{facts['method']} has {weights:.12} now: run `dvc repro` to evaluate it again"
        )
    return {f"{fact}.{name}": str(facts[fact]) for fact in _FACTS}


def _scores(rows: pd.DataFrame) -> Iterator[Point]:
    """Mean scores of every cell, and the mean seconds an image took."""
    summary = summarise(rows)
    seconds = rows.groupby(CELL_COLUMNS)["seconds"].mean()
    for cell in summary.assign(seconds=seconds.to_numpy()).to_dict("records"):
        for score in ("psnr", "ssim", "seconds", "num_images", "num_seeds", "psnr_seed_std"):
            if pd.notna(cell[score]):
                name = metric_name(score, cell["task"], cell["dataset"], cell["level"])
                yield Point(name, float(cell[score]))
