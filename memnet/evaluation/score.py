"""One method on one dataset at one level, without the pipeline."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetched_folder
from memnet.data.pairing import cut_note, cut_of
from memnet.data.pairs import PairFolder, write_pairs
from memnet.data.planes import dataset_planes
from memnet.data.reading import Reading, lossy_notes, turned_notes
from memnet.errors import InputError
from memnet.evaluation.evaluate import evaluate
from memnet.imaging.io import ImageFacts, image_facts
from memnet.imaging.resize import modcrop
from memnet.inference.tiling import tiling_sentence
from memnet.methods.callables import CallableRestorer, load_callable
from memnet.methods.images import ImagesRestorer, Key, match_images, reading_notes, size_of
from memnet.methods.levels import Training
from memnet.methods.network import NetworkRestorer
from memnet.methods.networks import find_network
from memnet.params import Benchmark
from memnet.progress import progress
from memnet.results.rows import INPUT
from memnet.seeding import choose_device, make_deterministic
from memnet.tasks import task_named
from memnet.tasks.task import DegradedImage, Restorer, require_level

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
    """Rows of the method and of its degraded input, how networks cut images, and what to know."""

    rows: pd.DataFrame
    inputs: pd.DataFrame
    tiling: str | None
    notes: list[str]


def score_folder(what: Score, folder: Path) -> Scored:
    """Score images that were restored elsewhere.

    An InputError if one is missing, is one too many, of another kind or of another size.
    """
    what.check()
    catalog = load_catalog()
    files = catalog.files(what.dataset)
    found = match_images(folder, [file.image for file in files], what.dataset)
    with progress(f"fetch {what.dataset}") as show:
        raw = fetched_folder(what.dataset, catalog, show)
    targets = {file.image: image_facts(raw / file.name) for file in files}
    restored = {Key(what.dataset, what.level, what.seed, n): p for n, p in found.files.items()}
    grey = [image for image, facts in targets.items() if not facts.colour]
    restorer = ImagesRestorer(restored, what.task, grey)
    step = _step_of_targets(what, catalog[what.dataset].resize, found.files, targets)
    with _pairs(what, raw, step) as pairs:
        readings = restorer.check(pairs)
        scored = _scored(what, restorer, str(folder), pairs, tiling=None, parallel=False)
    of_note = {  # a grey result of a grey target needs no note
        key: reading
        for key, reading in readings.items()
        if reading is not Reading.PLANE or targets[key.image].colour
    }
    notes = [
        *found.notes,
        *reading_notes(of_note),
        *lossy_notes(list(found.files.values())),
        *turned_notes([image for image, facts in targets.items() if facts.turned]),
    ]
    if step is not None:
        notes.append(cut_note(step))
    return scored._replace(notes=notes)


def _step_of_targets(
    what: Score, resize: float | None, files: Mapping[str, Path], targets: Mapping[str, ImageFacts]
) -> int | None:
    """What the targets must be cut to multiples of, beyond the protocol, to fit the results."""
    factor = resize or 1.0
    sizes = [
        (size_of(path), (ceil(targets[n].height * factor), ceil(targets[n].width * factor)))
        for n, path in files.items()
    ]
    return cut_of(sizes, what.level if what.task == "super_resolution" else 1)


def score_method(
    what: Score, method: str, *, whole: bool, parallel: bool, layout: str | None = None
) -> Scored:
    """Score a function, a network or the degraded input.

    Parameters
    ----------
    method : `module:name`, what `find_network` knows, or "input"
    whole : give a network whole images instead of the official tiles
    parallel : run a function in one process for each processor
    layout : of a file of plain tensors, as `find_network` wants it

    Raises
    ------
    InputError : there is no such method, it was trained on these images, it fails, or an option
        has no meaning for it
    """
    what.check()
    function = ":" in method and not Path(method).is_file()
    network = not function and method != INPUT
    if parallel and not function:
        raise InputError(f"--parallel has no meaning for {method}, which is no function")
    for given, option in ((whole, "--whole"), (layout is not None, "--network")):
        if given and not network:
            raise InputError(f"{option} has no meaning for {method}, which is no network")
    tiling, notes = None, []
    if method == INPUT:
        restorer: Restorer = _input
    elif function:
        load_callable(method)  # fail before anything is fetched
        restorer = CallableRestorer(method)
    else:
        named = find_network(method, what.task, layout)
        if named.trained_on is not None:
            load_catalog().require_disjoint(named.trained_on, what.dataset)
        note = Training(named.name, what.task, named.levels).note(what.level)
        notes = [note] if note else []
        tiling = "whole" if whole else "official"
        core = None if whole else task_named(what.task).tile_core
        device = choose_device("auto")
        make_deterministic(seed=0)
        restorer = NetworkRestorer(named.network.to(device), core, device)
    catalog = load_catalog()
    with progress(f"fetch {what.dataset}") as show:
        raw = fetched_folder(what.dataset, catalog, show)
    with _pairs(what, raw) as pairs:
        scored = _scored(what, restorer, method, pairs, tiling=tiling, parallel=parallel)
    return scored._replace(notes=notes)


def _input(seen: DegradedImage) -> NDArray[np.float32]:
    return seen.plane


@contextmanager
def _pairs(what: Score, raw: Path, step: int | None = None) -> Iterator[PairFolder]:
    """Pairs of the dataset in `raw`, targets first cut to multiples of `step`; gone afterwards."""
    catalog, task = load_catalog(), task_named(what.task)
    planes = dataset_planes(catalog, what.dataset, raw, task)
    if step is not None:
        planes = ((image, modcrop(plane, step)) for image, plane in planes)
    SCRATCH.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=SCRATCH, prefix="score-") as folder:
        write_pairs(
            Path(folder), task, planes,
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
    return Scored(rows, inputs, tiling, [])
