"""What results/evaluate/ and results/calibrate/ say about a method on a benchmark."""

import hashlib
from pathlib import Path

import pandas as pd

from memnet.errors import InputError
from memnet.files import read_json
from memnet.params import Benchmark
from memnet.results.rows import CELL_COLUMNS, IMAGE_COLUMNS, INPUT, read_rows
from memnet.results.run_record import RunRecord, require

TARGET = "target"
"""What a crop of the target is called, where others bear the name of a method."""

_FACTS = ("tiling", "engine", "device")  # how a method was evaluated


def score_files(results: Path, method: str, name: str) -> list[Path]:
    """Files that `read_scores` reads, the rows first."""
    if method == INPUT:
        return [results / "calibrate" / name / "rows.csv"]
    folder = results / "evaluate" / method / name
    return [folder / "rows.csv", folder / "evaluation.json"]


def read_scores(
    results: Path, name: str, benchmark: Benchmark, record: RunRecord | None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Scores of every image of the benchmark `name`, and how they were made.

    `record` None stands for the degraded input. InputError if a file is missing, holds other cells
    than the method restores, or was made with other weights than it has now.
    """
    if record is None:
        (rows,) = score_files(results, INPUT, name)
        return _benchmark_rows(rows, INPUT, name, benchmark), {}
    rows, facts = score_files(results, record.method, name)
    scored = _benchmark_rows(rows, record.method, name, record.part_of(benchmark))
    return scored, _facts(facts, name, record.method_sha256)


def crop_file(results: Path, method: str, name: str, level: int) -> Path:
    """PNG of the showcase of a benchmark: of the target, the degraded input or a method."""
    if method in (TARGET, INPUT):
        return results / "calibrate" / name / "crops" / f"{level}-{method}.png"
    return results / "evaluate" / method / name / "crops" / f"{level}.png"


def scores_sha256(rows: pd.DataFrame) -> str:
    """Hash of the scores of every image, whatever the time they took."""
    scores = rows[[*IMAGE_COLUMNS, "psnr", "ssim"]].sort_values(IMAGE_COLUMNS)
    return hashlib.sha256(scores.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def made_by(method: str, name: str) -> str:
    """The stage that scores a method on a benchmark, for messages."""
    work = "calibrate of" if method == INPUT else f"evaluate of {method} on"
    return f"stage {work} {name}"


def _benchmark_rows(path: Path, method: str, name: str, benchmark: Benchmark) -> pd.DataFrame:
    """Rows of one benchmark, which must be exactly its cells."""
    stage = made_by(method, name)
    rows = read_rows(require(path, stage))
    wanted = {(method, benchmark.task, benchmark.dataset, level) for level in benchmark.levels}
    found = set(rows[CELL_COLUMNS].itertuples(index=False, name=None))
    if odd := sorted(wanted ^ found):
        what = "lacks" if odd[0] in wanted else "must not hold"
        raise InputError(
            f"{path} {what} {', '.join(map(str, odd[0]))}: run `dvc repro` to make it again "
            f"({stage})"
        )
    return rows


def _facts(path: Path, name: str, weights: str) -> dict[str, str]:
    """How a method was evaluated on the benchmark `name`."""
    facts = read_json(require(path, f"stage evaluate on {name}"))
    if lacking := [key for key in (*_FACTS, "method", "method_sha256") if key not in facts]:
        raise InputError(f"{path} lacks {lacking[0]}: delete it, then run `dvc repro`")
    if facts["method_sha256"] != weights:
        raise InputError(
            f"{path} was made with weights {facts['method_sha256']:.12}, but "
            f"{facts['method']} has {weights:.12} now: run `dvc repro` to evaluate it again"
        )
    return {fact: str(facts[fact]) for fact in _FACTS}
