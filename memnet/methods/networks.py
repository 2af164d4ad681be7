"""Where a command finds a network by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetched_folder
from memnet.errors import InputError
from memnet.methods.weights_file import SUFFIXES, read_weights
from memnet.models.network import Network
from memnet.pretrained.authors import CONVERTERS
from memnet.results.networks import RELEASED, WEIGHTS, read_network
from memnet.results.rows import read_rows, summarise
from memnet.results.run_record import RECORD, read_record
from memnet.schema import TaskName

FOLDERS = (RELEASED, Path("results/methods"))  # released ones come first
EVALUATED = Path("results/evaluate")


class NamedNetwork(NamedTuple):
    """A network in evaluation mode, what it is called, and what it learned from."""

    name: str
    network: Network
    trained_on: str | None = None  # dataset; None if unknown, as for networks of others
    levels: Sequence[int] | None = None  # trained for, of the task asked for; None if unknown


def find_network(name: str | None, task: str, layout: str | None = None) -> NamedNetwork:
    """The network of that name, or the best one here for a task.

    Parameters
    ----------
    name : of a released network or a folder in results/methods/, of a set of authors' weights,
        which is fetched, or the path of such a folder or of a file of weights; None for the network
        here whose mean PSNR is the highest on what all of them were evaluated on
    layout : the network whose weights a file of plain tensors holds, as `read_weights` wants it

    Raises
    ------
    InputError : there is none, or it is for another task
    """
    path = Path(name or "")
    is_file = path.suffix.lower() in SUFFIXES
    if layout is not None and not is_file:
        raise InputError("--network has no meaning without a file of weights: give --method FILE")
    if name is None:
        return _best(task)
    folder = path.parent if is_file else path
    has_record = (is_file or len(path.parts) > 1) and (folder / RECORD).is_file()
    if is_file and not (has_record and path.name == WEIGHTS):
        network, levels = read_weights(path, task, layout)
        return NamedNetwork(path.stem, network, None, levels)
    if has_record:
        return _read(folder.resolve().name, folder, task)
    here = _networks_here(task)
    if name in here:
        return _read(name, here[name], task)
    if name in CONVERTERS:
        return _authors(name, task)
    known = ", ".join(dict.fromkeys([*here, *_authors_for(task)]))
    raise InputError(
        f"method must be a network for {task} ({known}) or a file of weights "
        f"({', '.join(SUFFIXES)}), got {name!r}"
    )


def _read(name: str, folder: Path, task: str) -> NamedNetwork:
    record = read_record(folder)
    if task not in record.tasks:
        raise InputError(f"{name} is for {', '.join(record.tasks)}, not for {task}")
    levels, learned = record.tasks[task], record.training_set
    if levels == []:
        raise InputError(f"{name} restores no level of {task}: take another --method")
    known = (learned.dataset, learned.levels) if learned else (None, levels)
    return NamedNetwork(name, read_network(folder), *known)


def _authors_for(task: str) -> list[str]:
    return [name for name, converter in CONVERTERS.items() if task in converter.tasks]


def _authors(name: str, task: str) -> NamedNetwork:
    converter = CONVERTERS[name]
    if task not in converter.tasks:
        raise InputError(f"{name} is for {', '.join(converter.tasks)}, not for {task}")
    network = converter.convert(fetched_folder(name, load_catalog())).eval()
    return NamedNetwork(name, network, None, converter.trained[cast(TaskName, task)])


def _networks_here(task: str) -> dict[str, Path]:
    """Folders of the networks for a task; released weights come before those of the pipeline."""
    found: dict[str, Path] = {}
    for parent in FOLDERS:
        for record in sorted(parent.glob(f"*/{RECORD}")):
            about = read_record(record.parent)
            if about.network is not None and task in about.tasks:
                found.setdefault(record.parent.name, record.parent)
    return found


def _best(task: str) -> NamedNetwork:
    here = _networks_here(task)
    if not here:
        raise InputError(
            f"there is no network for {task} here yet: run `dvc repro` to train one, or name its "
            f"authors' weights with --method ({', '.join(_authors_for(task))}), which are fetched"
        )
    scores = {name: cells for name in here if (cells := _mean_psnr(name, here[name], task))}
    common = set.intersection(*map(set, scores.values())) if scores else set()
    name = max(scores, key=lambda n: sum(scores[n][c] for c in common), default=next(iter(here)))
    return _read(name, here[name], task)


def _mean_psnr(name: str, folder: Path, task: str) -> dict[Any, float]:
    """Mean PSNR of a method by dataset and level, by its model card or the pipeline's rows."""
    released = read_record(folder).scores
    if released:
        return {(score.dataset, score.level): score.psnr for score in released}
    tables = [read_rows(path) for path in sorted(EVALUATED.glob(f"{name}/*/rows.csv"))]
    rows = [table[table["task"] == task] for table in tables]
    if not any(map(len, rows)):
        return {}
    return summarise(pd.concat(rows)).set_index(["dataset", "level"])["psnr"].to_dict()
