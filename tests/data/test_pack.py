"""A packed training set is the folder it was packed from, and damage is told in a sentence."""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memnet.data import pack
from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetch
from memnet.data.pack import PackedPairs, open_pairs, write_pack
from memnet.data.pairs import PairFolder, write_pairs
from memnet.data.patches import load_planes
from memnet.data.planes import dataset_planes
from memnet.errors import InputError
from memnet.tasks import TASKS
from tests.data.test_pairs import PLANES, written

SETS = [
    ("super_resolution", [2, 3, 4], [0]),
    ("denoising", [30, 70], []),
    ("denoising", [30], [0, 1]),
    ("jpeg_deblocking", [10, 20], [0]),
]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    folder = written(tmp_path / "pairs", "super_resolution", [2, 3], [0])
    write_pack(tmp_path / "set.pack", folder)
    return tmp_path / "set.pack"


@pytest.mark.parametrize(("task", "levels", "seeds"), SETS)
def test_a_pack_is_its_folder_to_the_bit(
    tmp_path: Path, task: str, levels: list[int], seeds: list[int]
) -> None:
    folder = written(tmp_path / "pairs", task, levels, seeds)
    write_pack(tmp_path / "new" / "set.pack", folder)
    again = open_pairs(tmp_path / "new" / "set.pack")
    assert isinstance(again, PackedPairs)
    assert isinstance(open_pairs(tmp_path / "pairs"), PairFolder)
    assert again.sha256() == folder.sha256()
    for name in ("task", "dataset", "levels", "seeds", "images"):
        assert getattr(again, name) == getattr(folder, name)
    for image, plane in PLANES.items():
        np.testing.assert_array_equal(again.load(image).plane, plane)
        for level in levels:
            for seed in seeds:
                for a, b in zip(
                    again.load(image).pair(level, seed),
                    folder.load(image).pair(level, seed),
                    strict=True,
                ):
                    assert a.dtype == b.dtype
                    np.testing.assert_array_equal(a, b)
    trained, expected = (load_planes(p, p.images, levels) for p in (again, folder))
    for name, tensor in vars(expected).items():
        got = getattr(trained, name)
        assert got is tensor is None or (got.dtype == tensor.dtype and bool((got == tensor).all()))


def test_the_same_folder_makes_the_same_bytes_which_numpy_reads(packed: Path) -> None:
    write_pack(packed.with_name("again"), PairFolder(packed.with_name("pairs")))
    assert packed.with_name("again").read_bytes() == packed.read_bytes()
    with np.load(packed, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["bird"], PLANES["bird"])


@pytest.mark.mirror
@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "task", "levels", "seeds"),
    [
        ("train291", "super_resolution", [2, 3, 4], [0]),
        ("bsd300", "denoising", [30, 50, 70], []),
        ("bsd300", "jpeg_deblocking", [10, 20], [0]),
    ],
)
def test_the_papers_training_sets_travel(
    tmp_path: Path, mirror: Path, dataset: str, task: str, levels: list[int], seeds: list[int]
) -> None:
    catalog = load_catalog()
    fetch(dataset, tmp_path / "raw", catalog, mirror, lambda done, total, note: None)
    (tmp_path / "pairs").mkdir()
    write_pairs(
        tmp_path / "pairs", TASKS[task],
        dataset_planes(catalog, dataset, tmp_path / "raw", TASKS[task]),
        dataset=dataset, levels=levels, seeds=seeds, codec=None,
    )  # fmt: skip
    write_pack(tmp_path / "set.pack", PairFolder(tmp_path / "pairs"))
    assert (tmp_path / "set.pack").stat().st_size < 40e6
    packed = PackedPairs(tmp_path / "set.pack")
    assert packed.sha256() == PairFolder(tmp_path / "pairs").sha256()
    assert packed.load(packed.images[-1]).plane.size > 10_000


# Faults


def test_a_machine_that_degrades_otherwise_is_refused(
    packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rightly = pack.degraded_versions

    def wrongly(*args: object) -> dict[str, np.ndarray]:
        tensors = rightly(*args)  # type: ignore[arg-type]
        return tensors | {"3/0": np.nextafter(tensors["3/0"], np.float32(9))}

    monkeypatch.setattr(pack, "degraded_versions", wrongly)
    with pytest.raises(InputError) as error:
        PackedPairs(packed).load("bird")
    assert str(error.value) == (
        f"{packed}: bird becomes another when degraded here than where it was packed: take the "
        "versions of numpy, scipy and opencv of there, or the pairs folder"
    )
    folder = packed.with_name("pairs")
    with pytest.raises(InputError) as error:
        write_pack(packed, PairFolder(folder))
    assert str(error.value) == (
        f"{folder} holds another bird than degrading makes here: run its degrade stage again"
    )


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Change the members of an archive."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def npy(text: str, data: bytes = b"") -> bytes:
    """A .npy file with a header of one's own."""
    header = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


HUGE = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000), }"
OBJECTS = "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }"
FLOATS = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }"
FAULTS: dict[str, Callable[[dict[str, bytes]], object]] = {
    "no plane": lambda m: m.pop("bird.npy"),
    "no index": lambda m: m.pop("index.json"),
    "no hash": lambda m: m.update({"index.json": m["index.json"].replace(b'"bird": ', b'"b": ')}),
    "no JSON": lambda m: m.update({"index.json": b"{"}),
    "another JSON": lambda m: m.update({"index.json": b"[]"}),
    "no array": lambda m: m.update({"bird.npy": b"hello"}),
    "less than it says": lambda m: m.update({"bird.npy": npy(HUGE)}),
    "floats": lambda m: m.update({"bird.npy": npy(FLOATS, b"8 bytes.")}),
    "a pickle": lambda m: m.update({"bird.npy": npy(OBJECTS, pickle.dumps([[1]]))}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_archive_of_other_things(packed: Path, fault: str) -> None:
    rewritten(packed, FAULTS[fault])
    with pytest.raises(InputError) as error:
        PackedPairs(packed).load("bird")
    assert str(error.value).startswith(f"{packed} is no whole pack of a training set (")
    assert str(error.value).endswith("): make it again with `memnet pack`")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.999])
def test_a_truncated_file(packed: Path, part: float) -> None:
    whole = packed.read_bytes()
    packed.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError, match="is no whole pack of a training set"):
        PackedPairs(packed)


def test_a_bomb_is_not_unpacked(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match=r"\(bird\.npy would be 1645 bytes\)"):
        PackedPairs(packed).load("bird")


def test_another_plane_is_found_out(packed: Path) -> None:
    rewritten(packed, lambda m: m.update({"bird.npy": m["101.npy"]}))
    with pytest.raises(InputError, match="bird becomes another when degraded here"):
        PackedPairs(packed).load("bird")


def test_pairs_of_another_protocol(packed: Path) -> None:
    rewritten(
        packed,
        lambda m: m.update(
            {"index.json": m["index.json"].replace(b"resolution-1", b"resolution-0")}
        ),
    )
    with pytest.raises(InputError, match="made under protocol super_resolution-0, but"):
        PackedPairs(packed)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_wrong_byte_is_harmless_or_refused(packed: Path, place: float, value: int) -> None:
    """Where zipfile does not look (a date, a comment), nothing depends on the byte."""
    whole = packed.read_bytes()
    broken = bytearray(whole)
    broken[int(place * len(whole))] = value
    path = packed.with_name("broken")
    path.write_bytes(broken)
    try:
        pairs = PackedPairs(path)
        loaded = [pairs.load(image) for image in pairs.images]
    except InputError:
        return
    assert json.dumps(pairs.index) == json.dumps(PackedPairs(packed).index)
    for image, pair in zip(pairs.images, loaded, strict=True):
        np.testing.assert_array_equal(pair.plane, PLANES[image])
