"""Networks that come with this project: a method's folder under weights/, with its scores.

The record of such a folder, run.json, is the model card: what the network is, what it learned from,
how and for how long, and what it scored on every benchmark that it was evaluated on.
"""

import shutil
from pathlib import Path
from typing import Any

from memnet.errors import InputError
from memnet.files import atomic_folder, copy_file, read_json, write_json
from memnet.results.networks import WEIGHTS, read_network
from memnet.results.rows import read_rows, summarise
from memnet.results.run_record import HISTORY, RECORD, read_history, read_run

Score = dict[str, Any]
"""dataset, level, tiling, num_images, num_seeds, psnr (dB), ssim, and the input's two."""


def write_release(method: Path, results: Path, out: Path) -> list[Score]:
    """Put a trained network into a folder of weights, with what it has scored so far.

    Scores of an earlier release stay where these are the same weights, so that a network can be
    evaluated in one profile after the other.

    Parameters
    ----------
    method : its folder of the pipeline
    results : the folder that holds `evaluate` and `calibrate`
    out : the folder to write

    Raises
    ------
    InputError : it is not a trained network, or it was never evaluated
    """
    run = read_run(method)
    if run["kind"] != "trained":
        raise InputError(f"{method} must hold a network that was trained here, got {run['kind']}")
    read_network(method)  # a damaged one shall not be released
    read_history(method)
    scores = {(s["dataset"], s["level"]): s for s in _scores(run, results)}
    if not scores:
        raise InputError(
            f"{run['method']} must have been evaluated before it is released: add it to the grid, "
            "then run `dvc repro`"
        )
    if (out / RECORD).exists():
        before = read_run(out)
        if before["method_sha256"] == run["method_sha256"]:
            scores = {(s["dataset"], s["level"]): s for s in before["scores"]} | scores
    card = {**run, "scores": [scores[place] for place in sorted(scores)]}
    with atomic_folder(out) as folder:
        for name in (WEIGHTS, HISTORY):
            shutil.copyfile(method / name, folder / name)
        write_json(folder / RECORD, card)
    return list(card["scores"])


def _scores(run: dict[str, Any], results: Path) -> list[Score]:
    """What the weights of a run have scored, by the files of the pipeline."""
    found: list[Score] = []
    for path in sorted((results / "evaluate" / run["method"]).glob("*/rows.csv")):
        about = read_json(path.parent / "evaluation.json")
        if about["method_sha256"] != run["method_sha256"]:
            continue  # of an earlier training
        ours = summarise(read_rows(path))
        theirs = summarise(read_rows(results / "calibrate" / path.parent.name / "rows.csv"))
        cells = ours.merge(theirs, on=["task", "dataset", "level"], suffixes=("", "_input"))
        found += [
            {
                "dataset": str(cell.dataset), "level": int(cell.level),
                "tiling": str(about["tiling"]), "num_images": int(cell.num_images),
                "num_seeds": int(cell.num_seeds), "psnr": float(cell.psnr),
                "ssim": float(cell.ssim), "input_psnr": float(cell.psnr_input),
                "input_ssim": float(cell.ssim_input),
            }
            for _, cell in cells.iterrows()
        ]  # fmt: skip
    return found


def reuse_release(source: Path, folder: Path) -> None:
    """Lay a released network out as a method of the pipeline, called as its folder is.

    Raises
    ------
    InputError : there is none in `source`, or it is damaged
    """
    card = read_run(source)
    read_network(source)
    for file in (WEIGHTS, HISTORY):
        copy_file(source / file, folder / file)
    write_json(folder / RECORD, {**card, "method": source.name, "released": source.as_posix()})
