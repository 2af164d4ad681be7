"""The folder of a method that others made: what is recorded of it, and what runs it."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from memnet.data.pairs import PairFolder, write_pairs
from memnet.errors import InputError
from memnet.files import sha256_of
from memnet.imaging.io import write_png
from memnet.methods.callables import CallableRestorer
from memnet.methods.images import ImagesRestorer
from memnet.methods.network import NetworkRestorer
from memnet.methods.storage import read_method, write_callable, write_images
from memnet.models.config import VdsrConfig
from memnet.models.memnet import MemNet
from memnet.models.network import build_network
from memnet.params import Benchmark, CallableMethod, ImagesMethod
from memnet.results.networks import write_converted
from memnet.results.run_record import RunRecord, read_record
from memnet.tasks import TASKS
from memnet.tasks.task import DegradedImage, to_unit
from tests.models.memnet_twin import config as memnet_config
from tests.records import make_record

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
PLANES = {name: RNG.integers(0, 256, (36, 40), dtype=np.uint8) for name in ("bird", "head")}


def benchmark(task: str, levels: list[int], seeds: list[int], tiling: str = "whole") -> Benchmark:
    return Benchmark.model_validate(
        {"task": task, "dataset": "tiny", "levels": levels, "seeds": seeds, "tiling": tiling,
         "showcase": None}
    )  # fmt: skip


SR = benchmark("super_resolution", [2, 4], [0])
NOISE = benchmark("denoising", [30], [0, 1])


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the method, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


# Functions


def write_module(name: str, text: str) -> CallableMethod:
    Path(f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    return CallableMethod(
        kind="callable", callable=f"{name}:f", parallel=True, tasks={"denoising": [30]}
    )


def test_a_function_is_recorded_by_its_name_and_the_hash_of_its_file(out: Path) -> None:
    write_callable(out, "mine", write_module("recorded_method", "def f(plane): return plane"))
    digest = sha256_of("recorded_method.py")
    assert read_record(out) == RunRecord(
        method="mine", kind="callable", tasks={"denoising": [30]}, method_sha256=digest,
        callable="recorded_method:f", parallel=True, origin={"recorded_method.py": digest},
    )  # fmt: skip
    assert [path.name for path in out.iterdir()] == ["run.json"]


def test_a_function_comes_back(out: Path, tmp_path: Path) -> None:
    write_callable(out, "mine", write_module("returning_method", "def f(plane): return plane"))
    pairs = PairFolder(_pairs(NOISE, tmp_path / "pairs"))
    record = read_record(out)
    assert read_method(out, record, NOISE, pairs, CPU) == CallableRestorer("returning_method:f")
    assert record.parallel


@pytest.mark.parametrize("name", ["abs", "print"])
def test_a_function_without_a_file_is_refused(out: Path, name: str) -> None:
    method = CallableMethod(
        kind="callable", callable=f"builtins:{name}", parallel=False, tasks={"denoising": [30]}
    )
    with pytest.raises(InputError) as error:
        write_callable(out, "mine", method)
    assert str(error.value) == (
        f"builtins:{name} must be written in Python: nothing else has a hash"
    )
    assert not list(out.iterdir())


def test_a_function_that_cannot_be_imported_is_refused(out: Path) -> None:
    with pytest.raises(InputError, match=r"could not be imported: RuntimeError: no GPU"):
        write_callable(out, "mine", write_module("failing_method", "raise RuntimeError('no GPU')"))
    assert not list(out.iterdir())


# Images


def _pairs(settings: Benchmark, folder: Path) -> Path:
    folder.mkdir()
    write_pairs(
        folder, TASKS[settings.task], PLANES.items(), dataset="tiny", levels=settings.levels,
        seeds=settings.seeds, codec=None,
    )  # fmt: skip
    return folder


@pytest.fixture
def restored() -> Callable[..., Path]:
    """Folder `restored` with an image for each of PLANES in each place, each of its own."""

    def written(*places: str) -> Path:
        for index, place in enumerate(places):
            for name, plane in PLANES.items():
                write_png(Path("restored") / place / f"{name}.png", plane // (index + 2))
        return Path("restored")

    return written


def images_method(**tasks: list[int]) -> ImagesMethod:
    return ImagesMethod(kind="images", folder="restored", tasks=tasks)


NAMES = {"tiny": list(PLANES)}


def test_images_are_copied_for_every_benchmark_level_and_seed(
    out: Path, restored: Callable[..., Path]
) -> None:
    places = ("tiny/x2", "tiny/x4", "tiny/s30/seed0", "tiny/s30/seed1")
    folder = restored(*places)
    (folder / "tiny/x2/notes.txt").touch()
    method = images_method(super_resolution=[2, 4], denoising=[30])
    write_images(out, "mine", method, [SR, NOISE], NAMES)
    copies = {path.relative_to(out / "images") for path in (out / "images").rglob("*.*")}
    assert copies == {Path(place) / f"{name}.png" for place in places for name in PLANES}
    for copy in copies:
        assert (out / "images" / copy).read_bytes() == (folder / copy).read_bytes()
    record = read_record(out)
    assert (record.kind, record.network, record.folder) == ("images", None, "restored")
    assert record.tasks == {"super_resolution": [2, 4], "denoising": [30]}


def test_only_levels_that_the_method_restores_are_copied(
    out: Path, restored: Callable[..., Path]
) -> None:
    restored("tiny/x4")
    write_images(out, "mine", images_method(super_resolution=[4, 8]), [SR], NAMES)
    assert [path.name for path in (out / "images/tiny").iterdir()] == ["x4"]
    assert read_record(out).offered("super_resolution", SR.levels) == [4]


def test_the_hash_is_that_of_every_byte_and_name(
    out: Path, tmp_path: Path, restored: Callable[..., Path]
) -> None:
    def digest(name: str) -> str:
        (tmp_path / name).mkdir()
        write_images(tmp_path / name, name, method, [SR], NAMES)
        return read_record(tmp_path / name).method_sha256

    folder = restored("tiny/x2", "tiny/x4")
    method = images_method(super_resolution=[2, 4])
    first = digest("first")
    assert digest("again") == first
    write_png(folder / "tiny/x4/head.png", PLANES["bird"])
    changed = digest("changed")
    (folder / "tiny/x2").rename(folder / "tiny/swap")
    (folder / "tiny/x4").rename(folder / "tiny/x2")
    (folder / "tiny/swap").rename(folder / "tiny/x4")
    assert len({first, changed, digest("swapped")}) == 3


def test_a_missing_image_is_told(out: Path, restored: Callable[..., Path]) -> None:
    folder = restored("tiny/x2", "tiny/x4")
    (folder / "tiny/x4/head.png").unlink()
    with pytest.raises(InputError, match=r"^restored/tiny/x4 must hold .* 1 is missing: head; "):
        write_images(out, "mine", images_method(super_resolution=[2, 4]), [SR], NAMES)
    assert not (out / "run.json").exists()


def test_a_missing_folder_is_told(out: Path) -> None:
    with pytest.raises(InputError) as error:
        write_images(out, "mine", images_method(super_resolution=[2]), [SR], NAMES)
    assert str(error.value) == (
        "restored/tiny/x2 must be a folder with the restored images of tiny"
    )


def test_images_come_back_by_level_and_seed(
    out: Path, tmp_path: Path, restored: Callable[..., Path]
) -> None:
    restored("tiny/s30/seed0", "tiny/s30/seed1")
    write_images(out, "mine", images_method(denoising=[30]), [NOISE], NAMES)
    pairs = PairFolder(_pairs(NOISE, tmp_path / "pairs"))
    method = read_method(out, read_record(out), NOISE, pairs, CPU)
    assert isinstance(method, ImagesRestorer)
    plane = np.zeros((36, 40), np.float32)
    for seed in (0, 1):
        got = method(DegradedImage(plane, 30, "tiny", "head", seed, None))
        np.testing.assert_array_equal(got, to_unit(PLANES["head"] // (seed + 2)))


def test_a_copy_that_was_damaged_is_told_before_anything_is_scored(
    out: Path, tmp_path: Path, restored: Callable[..., Path]
) -> None:
    restored("tiny/s30/seed0", "tiny/s30/seed1")
    write_images(out, "mine", images_method(denoising=[30]), [NOISE], NAMES)
    pairs = PairFolder(_pairs(NOISE, tmp_path / "pairs"))
    write_png(out / "images/tiny/s30/seed1/head.png", PLANES["head"][1:])
    with pytest.raises(InputError, match=r"seed1/head.png must have 40x36 pixels .* got 40x35"):
        read_method(out, read_record(out), NOISE, pairs, CPU)
    (out / "images/tiny/s30/seed1/head.png").unlink()
    with pytest.raises(InputError, match=r"s30/seed1 must hold .* 1 is missing: head"):
        read_method(out, read_record(out), NOISE, pairs, CPU)


# Networks


@pytest.mark.parametrize(("tiling", "core"), [("whole", None), ("official", 150)])
def test_a_network_is_cut_as_its_benchmark_says(
    out: Path, tmp_path: Path, tiling: str, core: int | None
) -> None:
    network = build_network(VdsrConfig(depth=3, num_features=2, initialization="official"))
    write_converted(out, "vdsr", {"super_resolution": None}, network, {})
    settings = SR.model_copy(update={"tiling": tiling})
    pairs = PairFolder(_pairs(settings, tmp_path / "pairs"))
    method = read_method(out, read_record(out), settings, pairs, CPU)
    assert isinstance(method, NetworkRestorer)
    assert (method.tile_core, method.engine.name) == (core, "plain")
    assert not method.network.training


def test_the_engine_of_a_memnet_is_recorded(out: Path, tmp_path: Path) -> None:
    network = MemNet(memnet_config(1, 1, 2))
    write_converted(out, "memnet", {"super_resolution": None}, network, {})
    pairs = PairFolder(_pairs(SR, tmp_path / "pairs"))
    method = read_method(out, read_record(out), SR, pairs, CPU)
    assert isinstance(method, NetworkRestorer) and method.engine.name == "folded"


# Levels


@pytest.mark.parametrize(
    ("known", "expected"),
    [(None, [2, 3, 4]), ([2, 4], [2, 4]), ([4, 2, 8], [2, 4]), ([8], []), ([], [])],
)
def test_offered_levels_are_those_that_a_method_restores(
    known: list[int] | None, expected: list[int]
) -> None:
    tasks = {"super_resolution": known, "denoising": [30]}
    record = make_record("mine", "super_resolution", tasks=tasks)
    assert record.offered("super_resolution", [2, 3, 4]) == expected
