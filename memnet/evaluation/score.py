"""One method on one dataset at one level, without the pipeline."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

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
from memnet.methods.callables import CallableRestorer, FunctionRestorer, load_callable
from memnet.methods.images import (
    ImagesRestorer,
    ImageWriter,
    Key,
    match_images,
    reading_notes,
    size_of,
)
from memnet.methods.levels import Training
from memnet.methods.network import NetworkRestorer
from memnet.methods.networks import NamedNetwork, find_network
from memnet.models.saved import SavedNetwork
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

    def benchmark(self) -> Benchmark:
        """As a `Benchmark`; InputError if the level is unknown or a seed is given without noise."""
        task = task_named(self.task)
        require_level(task, self.level)
        if self.seed != 0 and not task.random:
            raise InputError(f"--seed has no meaning for {self.task}, which draws no noise")
        # `tiling` is not read here: a restorer has its own.
        return Benchmark.model_validate(
            {"task": self.task, "dataset": self.dataset, "levels": [self.level],
             "seeds": [self.seed], "tiling": "whole", "showcase": None}
        )  # fmt: skip


class Scored(NamedTuple):
    """Rows of the method and of its degraded input, with the protocol and notes in sentences."""

    rows: pd.DataFrame
    inputs: pd.DataFrame
    protocol: str
    notes: list[str]

    @property
    def psnr(self) -> float:
        """Mean over images, in dB."""
        return float(self.rows["psnr"].mean())

    @property
    def ssim(self) -> float:
        """Mean over images."""
        return float(self.rows["ssim"].mean())


def score_folder(what: Score, folder: Path) -> Scored:
    """Score images that were restored elsewhere.

    InputError if an image is missing or extra, or is of the wrong kind or size.
    """
    benchmark, catalog = what.benchmark(), load_catalog()
    files = catalog.files(what.dataset)
    found = match_images(folder, [file.image for file in files], what.dataset)
    raw = fetched_folder(what.dataset, catalog)
    targets = {file.image: image_facts(raw / file.name) for file in files}
    restored = {Key(what.dataset, what.level, what.seed, n): p for n, p in found.files.items()}
    grey = [image for image, facts in targets.items() if not facts.colour]
    restorer = ImagesRestorer(restored, what.task, grey)
    step = _step_of_targets(what, catalog[what.dataset].resize, found.files, targets)
    with _pairs(what, raw, step) as pairs:
        readings = restorer.check(pairs)
        rows, inputs = _rows(restorer, str(folder), pairs, benchmark)
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
    return Scored(rows, inputs, task_named(what.task).sentence, notes)


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


Method = str | Callable[..., Any]


def score_method(
    what: Score, method: Method, *, whole: bool = False, parallel: bool = False,
    layout: str | None = None, save: Path | None = None,
) -> Scored:  # fmt: skip
    """Score a function, a network or the degraded input.

    Parameters
    ----------
    method : `module:name`, what `find_network` knows, "input", a function or a module of PyTorch
    whole : give a network whole images instead of the official tiles
    parallel : run a function in one process for each processor
    layout : of a file of plain tensors, as `find_network` wants it
    save : folder for the restored images, as `ImageWriter` writes them

    Raises
    ------
    InputError : there is no such method, it was trained on these images, it fails, or an option
        has no meaning for it
    """
    benchmark, task = what.benchmark(), task_named(what.task)
    by_name = isinstance(method, str)
    name = str(method) if by_name else getattr(method, "__name__", type(method).__name__)
    spec = name if by_name and ":" in name and not Path(name).is_file() else None
    given = load_callable(spec) if spec else method  # fails before anything is fetched
    if not (by_name or callable(given)):
        raise InputError(f"method must be a name, a function or a network, got a {name}")
    network = given != INPUT and (isinstance(given, str | SavedNetwork))
    if parallel and (network or not spec):
        raise InputError(f"--parallel has no meaning for {name}, which is no function of a module")
    for said, option in ((whole, "--whole"), (layout is not None, "--network")):
        if said and not network:
            raise InputError(f"{option} has no meaning for {name}, no network of this project")
    if save is not None and save.exists() and not (save.is_dir() and not any(save.iterdir())):
        raise InputError(f"{save} must be a new or empty folder, so that no file is replaced")
    catalog = load_catalog()
    protocol = task.sentence
    notes: list[str] = []
    restorer: Restorer = _input
    if network:
        named = _named(given, what.task, layout)
        if named.network.trained_on is not None:
            catalog.require_disjoint(named.network.trained_on, what.dataset)
        protocol += " " + tiling_sentence("whole" if whole else "official", task.tile_core)
        if note := Training(named.name, what.task, named.levels(what.task)).note(what.level):
            notes.append(note)
        device = choose_device("auto")
        make_deterministic(seed=0)
        core = None if whole else task.tile_core
        restorer = NetworkRestorer(named.network.to(device), core, device)
    elif spec:
        restorer = CallableRestorer(spec)
    elif callable(given):
        restorer = FunctionRestorer(name, given)
    raw = fetched_folder(what.dataset, catalog)
    with _pairs(what, raw) as pairs:
        rows, inputs = _rows(restorer, name, pairs, benchmark, parallel, save)
    return Scored(rows, inputs, protocol, notes)


def _named(method: Any, task: str, layout: str | None) -> NamedNetwork:
    """A network by its name, or one that is given."""
    if isinstance(method, str):
        return find_network(method, task, layout)
    return NamedNetwork(type(method).__name__, copy.deepcopy(method).eval())


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


def _rows(
    restorer: Restorer,
    method: str,
    pairs: PairFolder,
    benchmark: Benchmark,
    parallel: bool = False,
    save: Path | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a method, and of its degraded input."""
    writer = None if save is None else ImageWriter(save, by_level=False)
    with progress(f"score {method}") as show:
        found = evaluate(
            restorer, pairs, benchmark, method=method, parallel=parallel, save=writer, report=show
        )
    inputs = evaluate(_input, pairs, benchmark, method=INPUT, report=lambda *_: None)
    return found.rows, inputs.rows
