"""The folder that a method lives in: what `write_method` puts there and `read_method` runs."""

import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import product
from pathlib import Path

import torch

from memnet.data.pairs import PairFolder
from memnet.data.reading import lossy_notes
from memnet.errors import InputError
from memnet.files import sha256_of
from memnet.methods.callables import CallableRestorer
from memnet.methods.images import ImagesRestorer, Key, level_folder, match_images, reading_notes
from memnet.methods.network import NetworkRestorer
from memnet.params import Benchmark, CallableMethod, ImagesMethod
from memnet.results.networks import read_network
from memnet.results.run_record import RunRecord, write_record
from memnet.tasks import task_named
from memnet.tasks.task import Restorer

IMAGES = "images"  # folder of the restored images, below that of their method


def write_callable(folder: Path, name: str, method: CallableMethod) -> None:
    """Record a Python function with its file's hash; InputError if it or its file is not found."""
    source = CallableRestorer(method.callable).source
    if source is None:
        raise InputError(f"{method.callable} must be written in Python: nothing else has a hash")
    digest = sha256_of(source)
    about = {
        "method": name, "kind": "callable", "tasks": method.tasks, "method_sha256": digest,
        "callable": method.callable, "parallel": method.parallel, "origin": {source.name: digest},
    }  # fmt: skip
    write_record(folder, RunRecord.model_validate(about))


def write_images(
    folder: Path,
    name: str,
    method: ImagesMethod,
    benchmarks: Sequence[Benchmark],
    images: Mapping[str, list[str]],
) -> list[str]:
    """Copy the restored images of every benchmark, so that a score can be made again.

    Each copy has the name of its image and the suffix of its file. `images` names the images of
    each dataset. InputError if one of them has no file, or a file no image. Returns sentences on
    names that were matched and on files that were saved with loss.
    """
    digest = sha256()
    notes: list[str] = []
    places = (
        (benchmark.dataset, level_folder(benchmark.task, benchmark.dataset, level, seed))
        for benchmark in benchmarks
        for level, seed in product(benchmark.levels, benchmark.seeds)
        if level in method.tasks[benchmark.task]
    )
    for dataset, place in places:
        found = match_images(Path(method.folder) / place, images[dataset], dataset)
        (folder / IMAGES / place).mkdir(parents=True)
        for image, path in found.files.items():
            copy = place / f"{image}{path.suffix}"
            shutil.copyfile(path, folder / IMAGES / copy)
            digest.update(f"{copy}:{sha256_of(path)}\n".encode())
        notes += found.notes + lossy_notes(list(found.files.values()))
    about = {"method": name, "kind": "images", "tasks": method.tasks, "folder": method.folder}
    write_record(folder, RunRecord.model_validate(about | {"method_sha256": digest.hexdigest()}))
    return notes


def read_method(
    folder: Path, record: RunRecord, benchmark: Benchmark, pairs: PairFolder, device: torch.device
) -> Restorer:
    """The method of a folder, ready for a benchmark; InputError if a file is missing or damaged."""
    match record.kind:
        case "callable":
            return CallableRestorer(str(record.callable))
        case "images":
            method = ImagesRestorer(_files(folder / IMAGES, benchmark, pairs), benchmark.task)
            for note in reading_notes(method.check(pairs)):
                print(note)
            return method
        case _:
            core = task_named(benchmark.task).tile_core if benchmark.tiling == "official" else None
            return NetworkRestorer(read_network(folder).to(device), core, device)


def _files(folder: Path, benchmark: Benchmark, pairs: PairFolder) -> dict[Key, Path]:
    task, dataset = benchmark.task, benchmark.dataset
    files = {}
    for level, seed in product(benchmark.levels, benchmark.seeds):
        place = folder / level_folder(task, dataset, level, seed)
        for image, path in match_images(place, pairs.images, dataset).files.items():
            files[Key(dataset, level, seed, image)] = path
    return files
