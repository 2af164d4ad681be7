"""Where a command finds a network by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetched_folder
from memnet.errors import InputError
from memnet.methods.weights_file import SUFFIXES, read_weights
from memnet.models.network import Network, read_pretrained
from memnet.models.saved import CONFIG, WEIGHTS, Levels
from memnet.pretrained.authors import CONVERTERS
from memnet.results.networks import RELEASED, read_network
from memnet.results.rows import read_rows, summarise
from memnet.results.run_record import RECORD, read_record
from memnet.schema import TaskName

FOLDERS = (RELEASED, Path("results/methods"))  # released ones come first
EVALUATED = Path("results/evaluate")


class NamedNetwork(NamedTuple):
    """A network in evaluation mode, and what it is called."""

    name: str
    network: Network

    def levels(self, task: str) -> Sequence[int] | None:
        """What it was trained for, of a task; None if unknown. InputError if it is for others."""
        known = self.network.trained_for
        if known is None:
            return None
        if task not in known:
            raise InputError(f"{self.name} is for {', '.join(known)}, not for {task}")
        levels = known[cast(TaskName, task)]
        if levels is not None and not levels:
            raise InputError(f"{self.name} restores no level of {task}: take another --method")
        return levels


def find_network(name: str | None, task: str, layout: str | None = None) -> NamedNetwork:
    """The network of that name, or for None the best one for a task.

    That is the one whose mean PSNR is the highest on what all networks here were evaluated on.
    Errors are those of `load_network`; InputError also if it is for another task.
    """
    found = load_network(_best(task) if name is None else name, layout, task)
    found.levels(task)
    return found


def load_network(name: str, layout: str | None = None, task: str | None = None) -> NamedNetwork:
    """The network of a name or path.

    Parameters
    ----------
    name : of a released network or a folder in results/methods/, of a set of authors' weights,
        which is fetched, or the path of such a folder, of one that `save_pretrained` wrote, or of a
        file of weights
    layout : the network whose weights a file of plain tensors holds, as `read_weights` wants it
    task : what it is wanted for, so that an error can name the networks for it

    Raises
    ------
    InputError : there is none
    """
    path = Path(name)
    is_file = path.suffix.lower() in SUFFIXES
    if layout is not None and not is_file:
        raise InputError("--network has no meaning without a file of weights: give --method FILE")
    here = _networks_here()
    if name in here:
        return _read(here[name])
    if name in CONVERTERS:
        return _authors(name, task)
    folder = path.parent if is_file else path
    if layout is None and (not is_file or path.name == WEIGHTS):
        if (folder / RECORD).is_file():
            return _read(folder)
        if (folder / CONFIG).is_file():
            return NamedNetwork(folder.resolve().name, read_pretrained(folder))
    if is_file:
        return NamedNetwork(path.stem, read_weights(path, layout))
    known = [n for n, tasks in known_networks().items() if task is None or task in tasks]
    raise InputError(
        f"method must be a network{f' for {task}' if task else ''} ({', '.join(known)}), the "
        f"folder of one, or a file of weights ({', '.join(SUFFIXES)}), got {name!r}"
    )


def known_networks() -> dict[str, Levels]:
    """Names of the networks that can be loaded, with the levels of each task they are for.

    The released ones and those of results/methods/ come first, then those of authors, which are
    fetched when they are loaded.
    """
    here = {name: read_record(folder).trained_for for name, folder in _networks_here().items()}
    authors = {name: converter.trained for name, converter in CONVERTERS.items()}
    return here | {name: tasks for name, tasks in authors.items() if name not in here}


def _read(folder: Path) -> NamedNetwork:
    return NamedNetwork(folder.resolve().name, read_network(folder))


def _authors(name: str, task: str | None) -> NamedNetwork:
    converter = CONVERTERS[name]
    if task is not None and task not in converter.trained:  # told before anything is fetched
        raise InputError(f"{name} is for {', '.join(converter.trained)}, not for {task}")
    network = converter.convert(fetched_folder(name, load_catalog())).eval()
    network.trained_for = converter.trained
    return NamedNetwork(name, network)


def _networks_here() -> dict[str, Path]:
    """Folders of networks; released ones come before those of the pipeline."""
    found: dict[str, Path] = {}
    for parent in FOLDERS:
        for record in sorted(parent.glob(f"*/{RECORD}")):
            if read_record(record.parent).network is not None:
                found.setdefault(record.parent.name, record.parent)
    return found


def _best(task: str) -> str:
    here = {
        name: folder
        for name, folder in _networks_here().items()
        if task in read_record(folder).tasks
    }
    if not here:
        authors = ", ".join(name for name, tasks in known_networks().items() if task in tasks)
        raise InputError(
            f"there is no network for {task} here yet: run `dvc repro` to train one, or name its "
            f"authors' weights with --method ({authors}), which are fetched"
        )
    scores = {name: cells for name in here if (cells := _mean_psnr(name, here[name], task))}
    common = set.intersection(*map(set, scores.values())) if scores else set()
    return max(scores, key=lambda n: sum(scores[n][c] for c in common), default=next(iter(here)))


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
