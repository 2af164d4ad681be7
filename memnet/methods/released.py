"""Networks that come with the package: a method's folder in memnet/weights/, with its scores.

Its record, run.json, says what the network is, what it learned from, how and for how long, and what
it scored on every benchmark that it was evaluated on. README.md, the model card, says it to people.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.errors import InputError
from memnet.files import atomic_folder, read_json, write_text
from memnet.methods.card import model_card
from memnet.models.saved import WEIGHTS, write_config
from memnet.results.networks import read_network
from memnet.results.rows import read_rows, summarise
from memnet.results.run_record import (
    HISTORY,
    RECORD,
    ReleasedScore,
    RunRecord,
    read_history,
    read_record,
    write_record,
)

CARD = "README.md"


def write_release(method: Path, results: Path, out: Path) -> list[ReleasedScore]:
    """Put a trained network into a folder of weights, with what it has scored so far.

    `results` holds `evaluate` and `calibrate`. The scores of an earlier release with the same
    weights are kept, so that a network can be evaluated in one profile after another. InputError if
    it was not trained here or never evaluated.
    """
    record = read_record(method)
    if not record.trained:
        raise InputError(f"{method} must hold a network that was trained here, got {record.kind}")
    network = read_network(method)  # a damaged one shall not be released
    read_history(method)
    scores = {(s.dataset, s.level): s for s in _scores(record, results)}
    if not scores:
        raise InputError(
            f"{record.method} must have been evaluated before it is released: add it to the grid, "
            "then run `dvc repro`"
        )
    if out.is_dir() and any(out.iterdir()) and not (out / RECORD).exists():
        raise InputError(f"{out} must be a new folder or an earlier release, but holds other files")
    before = read_record(out) if (out / RECORD).exists() else None
    if before is not None and before.method_sha256 == record.method_sha256:
        scores = {(s.dataset, s.level): s for s in before.scores} | scores
    known = [scores[place] for place in sorted(scores)]
    with atomic_folder(out) as folder:
        for name in (WEIGHTS, HISTORY):
            shutil.copyfile(method / name, folder / name)
        released = record.model_copy(update={"method": out.name, "scores": known})
        write_config(folder, network)
        write_text(folder / CARD, model_card(released, load_catalog()))
        write_record(folder, released)
    return known


def _scores(record: RunRecord, results: Path) -> Iterator[ReleasedScore]:
    """What the weights of a network have scored, by the files of the pipeline."""
    for path in sorted((results / "evaluate" / record.method).glob("*/rows.csv")):
        about = read_json(path.parent / "evaluation.json")
        if about["method_sha256"] != record.method_sha256:
            continue  # of an earlier training
        ours = summarise(read_rows(path))
        theirs = summarise(read_rows(results / "calibrate" / path.parent.name / "rows.csv"))
        theirs = theirs.rename(columns={"psnr": "input_psnr", "ssim": "input_ssim"})
        place = ["task", "dataset", "level"]
        cells = ours.merge(theirs[[*place, "input_psnr", "input_ssim"]], on=place)
        cells = cells.assign(tiling=about["tiling"])[[*ReleasedScore.model_fields]]
        yield from map(ReleasedScore.model_validate, cells.to_dict("records"))
