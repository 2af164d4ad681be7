"""Evaluation in one process for each processor, and what a method is given of a pair."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from memnet.data.pairs import PairFolder, write_pairs
from memnet.errors import InputError
from memnet.evaluation.evaluate import Evaluation, degraded_image, evaluate
from memnet.methods.callables import CallableRestorer
from memnet.methods.images import ImageWriter
from memnet.params import Benchmark, Showcase
from memnet.tasks import TASKS
from memnet.tasks.protocols import low_resolution
from memnet.tasks.task import DegradedImage, to_unit

RNG = np.random.default_rng(0)
SIZES = {"bird": (33, 40), "head": (33, 40), "woman": (33, 41)}
PLANES = {name: RNG.integers(0, 256, size, dtype=np.uint8) for name, size in SIZES.items()}
BENCHMARK = Benchmark(
    task="denoising", dataset="tiny", levels=[30, 50], seeds=[0, 1], tiling="whole",
    showcase=Showcase(image="head", top=3, left=5, size=16),
)  # fmt: skip
FUNCTIONS = """
import os
from pathlib import Path
from scipy.ndimage import gaussian_filter

def smooth(plane, level):
    Path(f"process-{os.getpid()}").touch()
    return gaussian_filter(plane, level / 50)

def picky(plane):
    if plane.shape == (33, 41):
        raise ValueError("too wide")
    return plane
"""
Run = Callable[..., Evaluation]


def shut_down() -> None:
    """Workers keep the working folder that they began in."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Function that evaluates a function of the module `parallel_functions` in this folder."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "parallel_functions.py").write_text(FUNCTIONS)
    (folder / "pairs").mkdir()
    write_pairs(
        folder / "pairs", TASKS["denoising"], PLANES.items(), dataset="tiny", levels=[30, 50],
        seeds=[0, 1], codec=None,
    )  # fmt: skip

    pairs = PairFolder(folder / "pairs")
    input_rows = evaluate(
        lambda seen: seen.plane, pairs, BENCHMARK, method="input", report=nothing
    ).rows

    def evaluated(name: str, *, parallel: bool, report: Callable[..., None]) -> Evaluation:
        return evaluate(
            CallableRestorer(f"parallel_functions:{name}"), pairs, BENCHMARK,
            method=name, parallel=parallel, input_rows=input_rows,
            save=ImageWriter(folder / f"saved-{parallel}", by_level=True), report=report,
        )  # fmt: skip

    shut_down()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", [*sys.path])
        importlib.invalidate_caches()
        yield evaluated
    shut_down()


def nothing(done: int, of: int, image: str) -> None:
    pass


def test_a_sentence_of_a_worker_arrives_as_it_is(run: Run) -> None:
    for parallel in (False, True):  # the workers that the fault ends are made anew below
        with pytest.raises(InputError) as error:
            run("picky", parallel=parallel, report=nothing)
        assert str(error.value) == (
            "parallel_functions:picky failed on woman at level 30: ValueError: too wide"
        )


def test_rows_and_crops_do_not_depend_on_the_number_of_processes(run: Run) -> None:
    seen: dict[bool, list[tuple[int, int, str]]] = {True: [], False: []}
    both = {p: run("smooth", parallel=p, report=lambda *s, p=p: seen[p].append(s)) for p in seen}
    rows = {parallel: result.rows.drop(columns="seconds") for parallel, result in both.items()}
    pd.testing.assert_frame_equal(rows[True], rows[False], check_exact=True)
    assert len(rows[True]) == 3 * 2 * 2
    assert (both[True].rows.seconds > 0).all()
    saved = [sorted(Path(f"saved-{p}/tiny").rglob("*.tiff")) for p in seen]
    assert len(saved[0]) == len(saved[1]) == 3 * 2 * 2
    assert [p.read_bytes() for p in saved[0]] == [p.read_bytes() for p in saved[1]]
    assert list(both[True].crops) == [30, 50]
    for level, crop in both[True].crops.items():
        np.testing.assert_array_equal(crop, both[False].crops[level])
    for one, other in zip(both[True].extremes, both[False].extremes, strict=True):
        assert one[:5] == other[:5] and one.window[:2] == other.window[:2]
        np.testing.assert_array_equal(one.window[2:], other.window[2:])
    assert len(both[True].extremes) == 2 * 2
    assert (
        seen[True] == seen[False] == [(0, 3, ""), (1, 3, "bird"), (2, 3, "head"), (3, 3, "woman")]
    )


def test_only_parallel_work_leaves_this_process(run: Run) -> None:
    import os

    for parallel in (False, True):
        for path in Path.cwd().glob("process-*"):
            path.unlink()
        run("smooth", parallel=parallel, report=nothing)
        processes = {path.name for path in Path.cwd().glob("process-*")}
        assert (f"process-{os.getpid()}" in processes) != parallel


# What a method is given


@pytest.mark.parametrize(("task", "level"), [("denoising", 30), ("jpeg_deblocking", 10)])
def test_a_degraded_image_is_all_but_the_target(task: str, level: int) -> None:
    pair = TASKS[task].degrade(PLANES["bird"], level, seed=7)
    seen = degraded_image(pair, task, level, "tiny", "bird", 7)
    np.testing.assert_array_equal(seen.plane, to_unit(pair.degraded))
    assert seen.plane.dtype == np.float32
    assert seen[1:] == (level, "tiny", "bird", 7, None)


@pytest.mark.parametrize(("scale", "size"), [(2, (16, 20)), (3, (11, 13)), (4, (8, 10))])
def test_super_resolution_gives_the_low_resolution_plane_too(
    scale: int, size: tuple[int, int]
) -> None:
    pair = TASKS["super_resolution"].degrade(PLANES["bird"], scale, seed=0)
    seen = degraded_image(pair, "super_resolution", scale, "tiny", "bird", 0)
    assert seen.low_resolution is not None
    assert seen.low_resolution.dtype == np.float32 and seen.low_resolution.shape == size
    assert seen.plane.shape == (size[0] * scale, size[1] * scale)
    cut = PLANES["bird"][: size[0] * scale, : size[1] * scale]
    expected = low_resolution(cut, scale).astype(np.float32)
    np.testing.assert_array_equal(seen.low_resolution, expected)


def test_each_degraded_image_says_what_it_is_of(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    write_pairs(
        pairs, TASKS["denoising"], PLANES.items(), dataset="tiny", levels=[30, 50], seeds=[0, 1],
        codec=None,
    )  # fmt: skip
    seen: list[tuple[object, ...]] = []

    def method(given: DegradedImage) -> np.ndarray:
        seen.append((given.image, given.level, given.seed, given.dataset))
        return given.plane

    evaluate(method, PairFolder(pairs), BENCHMARK, method="m", report=nothing)
    expected = [(i, lv, s, "tiny") for i in PLANES for lv in (30, 50) for s in (0, 1)]
    assert seen == expected


def test_the_pairs_must_be_those_of_the_benchmark(tmp_path: Path) -> None:
    write_pairs(
        tmp_path, TASKS["denoising"], PLANES.items(), dataset="other", levels=[30], seeds=[0],
        codec=None,
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        evaluate(
            lambda seen: seen.plane, PairFolder(tmp_path), BENCHMARK, method="m", report=nothing
        )
    assert str(error.value) == (
        "the pairs must be those of denoising on tiny, got denoising on other"
    )
