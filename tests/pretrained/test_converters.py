"""The authors' networks against a second, NumPy copy, and their files against damage."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import torch
from numpy.typing import NDArray
from torch import nn

from memnet.errors import InputError
from memnet.models.network import at_level, read_pretrained
from memnet.pretrained.authors import CONVERTERS
from memnet.tasks import TASKS
from tests.models.authors_files import write_arcnn, write_dncnn, write_lapsrn, write_vdsr
from tests.models.plain_authors import plain_arcnn, plain_dncnn, plain_lapsrn, plain_vdsr
from tests.soak.corpus import damaged

RNG = np.random.default_rng(3)
PLANE = RNG.random((6, 9))  # neither side like the other, both smaller than what the networks see


def converted(name: str, folder: Path) -> Any:
    return CONVERTERS[name].convert(folder)


def restored(network: nn.Module) -> NDArray[np.float64]:
    """In double precision, so that what is compared is the arithmetic and not its rounding."""
    with torch.inference_mode():
        return network.double()(torch.from_numpy(PLANE)[None, None])[0, 0].numpy()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_vdsr(folder, RNG)
    write_dncnn(folder, RNG)
    for quality, scale in ((10, 2), (20, 4)):
        write_arcnn(folder, RNG, quality)
        write_lapsrn(folder, RNG, scale)
    return folder


@pytest.fixture
def copies(files: Path, tmp_path: Path) -> Path:
    """Files to damage."""
    return Path(shutil.copytree(files, tmp_path / "copies"))


def test_vdsr_adds_what_its_file_computes(tmp_path: Path) -> None:
    expected = plain_vdsr(PLANE, write_vdsr(tmp_path, RNG))
    np.testing.assert_allclose(
        restored(converted("vdsr-official", tmp_path)), expected, rtol=1e-9, atol=1e-9
    )


def test_dncnn_subtracts_what_its_file_computes(tmp_path: Path) -> None:
    expected = plain_dncnn(PLANE, write_dncnn(tmp_path, RNG))
    np.testing.assert_allclose(
        restored(converted("dncnn3", tmp_path)), expected, rtol=1e-9, atol=1e-9
    )


def test_arcnn_is_the_authors_filters_by_quality(tmp_path: Path) -> None:
    values = {quality: write_arcnn(tmp_path, RNG, quality) for quality in (10, 20)}
    network = converted("arcnn", tmp_path)
    for quality in (10, 20):
        single = {name: value.astype(np.float32) for name, value in values[quality].items()}
        expected = plain_arcnn(PLANE, single)
        got = restored(network.at_level(quality))
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_lapsrn_is_the_authors_graph_by_scale(tmp_path: Path) -> None:
    values = {scale: write_lapsrn(tmp_path, RNG, scale) for scale in (2, 4)}
    network = converted("lapsrn", tmp_path)
    for scale, num_levels in ((2, 1), (4, 2)):
        expected = plain_lapsrn(PLANE, values[scale], num_levels)
        got = restored(network.at_level(scale))
        assert got.shape == (6 * scale, 9 * scale)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", CONVERTERS)
def test_a_converted_network_survives_its_file(method: str, files: Path, tmp_path: Path) -> None:
    network = CONVERTERS[method].convert(files)
    network.trained_for = CONVERTERS[method].trained
    network.save_pretrained(tmp_path)
    again = read_pretrained(tmp_path)
    assert again.config == network.config and not again.training
    assert again.trained_for == {t: list(v) for t, v in CONVERTERS[method].trained.items()}
    level = {"arcnn": 20, "lapsrn": 4}.get(method, 3)
    expected = restored(at_level(network, level))
    np.testing.assert_array_equal(restored(at_level(again, level)), expected)


@pytest.mark.parametrize(
    ("method", "num_parameters"),
    # 3x3 layers of 64: 576 + 64, 36,864 + 64, 576 + 1. ARCNN: 106,448 weights, 113 biases.
    # LapSRN: embedding 640; a level 11 * 36,928 + 577 + 16.
    [
        ("vdsr-official", 640 + 18 * 36_928 + 577),
        ("dncnn3", 640 + 18 * 36_928 + 577),
        ("arcnn", 2 * (106_448 + 113)),
        ("lapsrn", 2 * 640 + 3 * (11 * 36_928 + 577 + 16)),
    ],
)
def test_published_sizes(method: str, num_parameters: int, files: Path) -> None:
    network = CONVERTERS[method].convert(files)
    assert sum(p.numel() for p in network.parameters()) == num_parameters


@pytest.mark.parametrize("method", CONVERTERS)
def test_every_converter_names_tasks(method: str) -> None:
    assert CONVERTERS[method].tasks
    assert set(CONVERTERS[method].tasks) <= set(TASKS)


def test_a_network_without_levels_serves_every_level(files: Path) -> None:
    network = converted("dncnn3", files)
    assert all(at_level(network, level) is network for level in (2, 10, 50))


@pytest.mark.parametrize(
    ("method", "level", "sentence"),
    [
        ("arcnn", 30, "level of Arcnn must be one of 10, 20, .* got 30"),
        ("lapsrn", 3, "level of Lapsrn must be one of 2, 4, .* got 3"),
    ],
)
def test_a_level_without_weights_is_refused(
    method: str, level: int, sentence: str, files: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        at_level(CONVERTERS[method].convert(files), level)


# Damaged files

FILE_OF = {
    "vdsr-official": "VDSR_Official.mat",
    "dncnn3": "DnCNN3.mat",
    "arcnn": "ARCNN_q20.mat",
    "lapsrn": "LapSRN_x4.mat",
}


@pytest.mark.parametrize("method", CONVERTERS)
def test_a_missing_file_is_told(method: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mat is missing: fetch"):
        CONVERTERS[method].convert(tmp_path)


@pytest.mark.parametrize(
    ("method", "kept"),
    [*((method, 0.3) for method in CONVERTERS), *(("arcnn", kept) for kept in (0, 0.001, 0.999))],
)
def test_a_truncated_file_is_told(method: str, kept: float, copies: Path) -> None:
    path = copies / FILE_OF[method]
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError, match=rf"{path.name} must hold the .*layers .*, but: \S+"):
        CONVERTERS[method].convert(copies)


def test_a_file_that_crashes_its_reader_is_told(copies: Path) -> None:
    # found by damaging its first bytes at random; scipy 1.17.1 ends by SIGSEGV
    path = copies / FILE_OF["lapsrn"]
    head, rest = path.read_bytes()[:3000], path.read_bytes()[3000:]
    path.write_bytes(damaged(head, np.random.RandomState(322)) + rest)
    with pytest.raises(InputError, match=f"{path.name} must hold the"):
        converted("lapsrn", copies)


@pytest.mark.parametrize("content", [b"<!DOCTYPE html>" * 100, bytes(4096), b"MATLAB 5.0" * 40])
def test_another_file_is_told(content: bytes, copies: Path) -> None:
    (copies / "ARCNN_q20.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"ARCNN_q20\.mat must hold the"):
        converted("arcnn", copies)


def test_the_weights_of_another_network_are_told(copies: Path) -> None:
    shutil.copy(copies / "LapSRN_x2.mat", copies / "ARCNN_q10.mat")
    with pytest.raises(InputError, match="the 4 layers of ARCNN, but: it lacks 'weights_conv1'"):
        converted("arcnn", copies)
    shutil.copy(copies / "LapSRN_x4.mat", copies / "LapSRN_x2.mat")
    with pytest.raises(InputError, match="for scale 2, but: it has 52 arrays instead of 27"):
        converted("lapsrn", copies)


def test_layers_that_are_not_merged_are_told(tmp_path: Path) -> None:
    write_dncnn(tmp_path, RNG, middle="bnorm")
    with pytest.raises(InputError, match="but: its layers are conv, bnorm, conv"):
        converted("dncnn3", tmp_path)


def test_weights_that_are_not_finite_are_told(tmp_path: Path) -> None:
    values = write_arcnn(tmp_path, RNG, 10)
    values["weights_conv2"][0, 0, 0] = np.nan
    scipy.io.savemat(tmp_path / "ARCNN_q10.mat", values)
    with pytest.raises(InputError, match="but: weights must be finite, got NaN"):
        converted("arcnn", tmp_path)
