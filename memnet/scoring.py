"""One method on one dataset at one level, without the pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetched_folder
from memnet.data.pairs import PairFolder, write_pairs
from memnet.data.planes import dataset_planes
from memnet.errors import InputError
from memnet.evaluation import INPUT, evaluate
from memnet.inference.tiling import tiling_sentence
from memnet.methods.callables import CallableRestorer, load_callable
from memnet.methods.images import ImagesRestorer, Key, match_images
from memnet.methods.network import NetworkRestorer
from memnet.methods.networks import find_network
from memnet.params import Benchmark
from memnet.progress import progress
from memnet.seeding import choose_device, make_deterministic
from memnet.tasks import task_named
from memnet.tasks.task import Observation, Restorer, require_level

SCRATCH = Path(".scratch")


class Score(NamedTuple):
    """What is to be scored: a task on a dataset at a level, under one draw of the noise."""

    task: str
    dataset: str
    level: int
    seed: int

    def sentence(self, tiling: str | None) -> str:
        """The protocol, for a caption."""
        task = task_named(self.task)
        cut = [tiling_sentence(tiling, task.tile_core)] if tiling else []
        return " ".join([task.sentence, *cut])

    def check(self) -> None:
        """Raise InputError unless the task has that level, and a seed where it draws noise."""
        task = task_named(self.task)
        require_level(task, self.level)
        if self.seed != 0 and not task.random:
            raise InputError(f"--seed has no meaning for {self.task}, which draws no noise")

    def benchmark(self, tiling: str | None) -> Benchmark:
        """The same as the pipeline has it."""
        return Benchmark.model_validate(
            {"task": self.task, "dataset": self.dataset, "levels": [self.level],
             "seeds": [self.seed], "tiling": tiling or "whole", "showcase": None}
        )  # fmt: skip


class Scored(NamedTuple):
    """Rows of the method and of its degraded input, and how networks cut images, if one ran."""

    rows: pd.DataFrame
    inputs: pd.DataFrame
    tiling: str | None


def score_folder(what: Score, folder: Path) -> Scored:
    """Score images that were restored elsewhere.

    Raises
    ------
    InputError : an image is missing, is one too many, of another kind or of another size
    """
    what.check()
    images = [file.image for file in load_catalog().files(what.dataset)]
    found = match_images(folder, images, what.dataset)
    files = {Key(what.dataset, what.level, what.seed, name): path for name, path in found.items()}
    restorer = ImagesRestorer(files, what.task)
    with _pairs(what) as pairs:
        restorer.check(pairs)
        return _scored(what, restorer, str(folder), pairs, tiling=None, parallel=False)


def score_method(what: Score, method: str, *, whole: bool, parallel: bool) -> Scored:
    """Score a function, a network or the degraded input.

    Parameters
    ----------
    method : `module:name`, a name that `find_network` knows, or "input"
    whole : give a network whole images instead of the official tiles
    parallel : run a function in one process for each processor

    Raises
    ------
    InputError : there is no such method, it was trained on these images, it fails, or an option
        has no meaning for it
    """
    what.check()
    function, network = ":" in method, ":" not in method and method != INPUT
    if parallel and not function:
        raise InputError(f"--parallel has no meaning for {method}, which is no function")
    if whole and not network:
        raise InputError(f"--whole has no meaning for {method}, which is no network")
    tiling = None
    if method == INPUT:
        restorer: Restorer = _input
    elif function:
        load_callable(method)  # fail before anything is fetched
        restorer = CallableRestorer(method)
    else:
        named = find_network(method, what.task)
        if named.trained_on is not None:
            load_catalog().require_disjoint(named.trained_on, what.dataset)
        tiling = "whole" if whole else "official"
        core = None if whole else task_named(what.task).tile_core
        device = choose_device("auto")
        make_deterministic(seed=0)
        restorer = NetworkRestorer(named.network.to(device), core, device)
    with _pairs(what) as pairs:
        return _scored(what, restorer, method, pairs, tiling=tiling, parallel=parallel)


def _input(observation: Observation) -> NDArray[np.float32]:
    return observation.degraded


@contextmanager
def _pairs(what: Score) -> Iterator[PairFolder]:
    """The dataset's pairs in a folder that is gone afterwards."""
    catalog, task = load_catalog(), task_named(what.task)
    with progress(f"fetch {what.dataset}") as show:
        raw = fetched_folder(what.dataset, catalog, show)
    SCRATCH.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=SCRATCH, prefix="score-") as folder:
        write_pairs(
            Path(folder), task, dataset_planes(catalog, what.dataset, raw, task),
            dataset=what.dataset, levels=[what.level], seeds=[what.seed], codec=None,
        )  # fmt: skip
        yield PairFolder(folder)


def _scored(
    what: Score, restorer: Restorer, method: str, pairs: PairFolder, *, tiling: str | None,
    parallel: bool,
) -> Scored:  # fmt: skip
    benchmark = what.benchmark(tiling)
    with progress(f"score {method}") as show:
        rows = evaluate(
            restorer, pairs, benchmark, method=method, parallel=parallel, report=show
        ).rows
    inputs = evaluate(_input, pairs, benchmark, method=INPUT, report=lambda *_: None).rows
    return Scored(rows, inputs, tiling)
