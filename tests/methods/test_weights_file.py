"""A network out of one file of weights: whose it is, and what is said of one that is none."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from memnet.errors import InputError
from memnet.evaluation.score import Score, score_method
from memnet.methods.networks import find_network
from memnet.methods.weights_file import AS_PUBLISHED
from memnet.models.arcnn import Arcnn
from memnet.models.config import VdsrConfig
from memnet.models.lapsrn import Lapsrn
from memnet.models.network import build_network
from memnet.pretrained.authors import CONVERTERS
from memnet.results.networks import RELEASED
from tests.models.authors_files import write_arcnn, write_dncnn, write_lapsrn, write_vdsr

SR, NOISE, JPEG = "super_resolution", "denoising", "jpeg_deblocking"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fault(*arguments: str) -> str:
    with pytest.raises(InputError) as caught:
        find_network(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


# MATLAB


@pytest.mark.parametrize(
    ("write", "file", "method", "task", "levels"),
    [
        (write_vdsr, "VDSR_Official.mat", "vdsr-official", SR, [2, 3, 4]),
        (write_dncnn, "DnCNN3.mat", "dncnn3", SR, [2, 3, 4]),
        (write_dncnn, "DnCNN3.mat", "dncnn3", NOISE, range(1, 56)),
        (write_dncnn, "DnCNN3.mat", "dncnn3", JPEG, range(5, 100)),
    ],
)
def test_authors_files_are_told_by_what_they_hold(
    write: Callable[..., object], file: str, method: str, task: str, levels: object
) -> None:
    write(Path(), np.random.default_rng(0))
    expected = CONVERTERS[method].convert(Path())
    Path(file).rename("mine.mat")
    found = find_network("mine.mat", task)
    assert (found.name, found.network.trained_on, found.levels(task)) == ("mine", None, levels)
    assert same_weights(found.network, expected) and not found.network.training


def test_files_of_one_level_are_of_that_level() -> None:
    write_arcnn(Path(), np.random.default_rng(0), 40)
    write_lapsrn(Path(), np.random.default_rng(0), 4)
    arcnn, lapsrn = find_network("ARCNN_q40.mat", JPEG), find_network("LapSRN_x4.mat", SR)
    assert isinstance(arcnn.network, Arcnn) and arcnn.levels(JPEG) == [40]
    assert isinstance(lapsrn.network, Lapsrn) and lapsrn.levels(SR) == [4]
    Path("ARCNN_q40.mat").rename("arcnn.mat")
    assert fault("arcnn.mat", JPEG) == (
        "the name of arcnn.mat must tell its JPEG quality, as ARCNN_q10.mat does: rename it"
    )
    assert fault("LapSRN_x4.mat", NOISE) == "LapSRN_x4 is for super_resolution, not for denoising"


@pytest.mark.parametrize("name", ["a.mat", "a.pth", "a.safetensors", "a.caffemodel"])
@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file" * 20, b"PK\3\4" + b"\0" * 90])
def test_damaged_files_are_told(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    assert fault(name, SR, *(["vdsr"] if name[2] in "ps" else [])).startswith(f"{name} must ")


def test_a_network_of_another_kind_of_mat_is_told() -> None:
    import scipy.io

    scipy.io.savemat("a.mat", {"mask": np.zeros(3)})
    assert fault("a.mat", SR).startswith(
        "a.mat must hold weights of VDSR, DnCNN-3, ARCNN or LapSRN, but: it holds mask;"
    )
    assert fault("none.pth", SR, "vdsr") == "none.pth must be a file of weights, but is not there"
    assert fault("a.mat", SR, "vdsr") == (
        "--network has no meaning for a.mat, which says what it is of"
    )


# State dicts


@pytest.fixture
def vdsr(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """A small VDSR, which is what `small` is called."""
    config = VdsrConfig(depth=3, num_features=2, initialization="official")
    monkeypatch.setitem(AS_PUBLISHED, "small", config)
    torch.manual_seed(0)
    return build_network(config)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"params": state, "params_ema": {k: v + 1 for k, v in state.items()}},
        lambda state: {f"module.{name}": value for name, value in state.items()},
        lambda state: {"model": {"params": state}},
    ],
    ids=["plain", "state_dict", "params_ema", "parallel", "nested"],
)
def test_a_state_dict_is_taken_out_of_what_wraps_it(
    vdsr: nn.Module, wrap: Callable[..., dict], request: pytest.FixtureRequest
) -> None:
    state = vdsr.state_dict()
    torch.save(wrap(state), "net.pth")
    found = find_network("net.pth", SR, "small")
    if request.node.callspec.id == "params_ema":  # what BasicSR restores with
        vdsr.load_state_dict({name: value + 1 for name, value in state.items()})
    assert same_weights(found.network, vdsr)
    assert (found.name, found.levels(SR), found.network.training) == ("net", None, False)


def test_safetensors(vdsr: nn.Module) -> None:
    save_file(vdsr.state_dict(), "net.safetensors")
    assert same_weights(find_network("net.safetensors", SR, "small").network, vdsr)


def test_a_released_network_is_named_by_its_folder() -> None:
    """Its weights, taken out of the folder, say no more of which network they are."""
    shutil.copy(RELEASED / "memnet-small-sr/model.safetensors", "mine.safetensors")
    found = find_network("mine.safetensors", SR, "memnet-small-sr")
    assert same_weights(found.network, find_network("memnet-small-sr", SR).network)


@pytest.mark.parametrize("suffix", [".pth", ".PTH"])
def test_weights_that_are_not_finite_are_refused(vdsr: nn.Module, suffix: str) -> None:
    state = {name: value * torch.nan for name, value in vdsr.state_dict().items()}
    torch.save(state, f"net{suffix}")
    assert fault(f"net{suffix}", SR, "small") == (
        f"net{suffix} must hold finite weights, got NaN or infinity"
    )


def test_a_network_that_was_not_named_is_asked_for(vdsr: nn.Module) -> None:
    torch.save(vdsr.state_dict(), "net.pth")
    assert fault("net.pth", SR) == (
        "net.pth holds 6 tensors (convs.0.weight, convs.0.bias ...), but does not say of which "
        "network: name it by --network (memnet, vdsr, drcn, dncnn, small, memnet-small-denoise, "
        "memnet-small-jpeg, memnet-small-sr), or wrap yours in a function and give --method "
        "module:function"
    )
    assert fault("net.pth", SR, "edsr") == (
        "--network must be one of memnet, vdsr, drcn, dncnn, small, memnet-small-denoise, "
        "memnet-small-jpeg, memnet-small-sr, got 'edsr'"
    )
    assert fault("net.pth", SR, "dncnn").startswith("net.pth must hold the weights of dncnn, but: ")


class Whole(nn.Module):
    """A module that somebody saved whole, with its code."""


@pytest.mark.parametrize("held", [Whole(), [1, 2], {"epoch": 3}, {}], ids=str)
def test_what_is_no_state_dict_is_told_and_never_run(vdsr: nn.Module, held: object) -> None:
    torch.save(held, "net.pth")
    sentence = fault("net.pth", SR, "small")
    assert sentence.startswith("net.pth must ")
    assert sentence.endswith(
        "; save the network's state_dict(), or wrap yours in a function and give --method "
        "module:function"
    )


@pytest.mark.mirror
@pytest.mark.slow
def test_vdsr_by_path_scores_as_published(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kim et al., CVPR 2016, Table 2: VDSR on Set5 x2.
    monkeypatch.chdir(Path(__file__).parents[2])
    what = Score(SR, "set5", 2, 0)
    path = str(mirror / "weights/VDSR_Official.mat")
    scored = score_method(what, path, whole=False, parallel=False)
    assert scored.rows.psnr.mean() == pytest.approx(37.53, abs=0.005)
    assert scored.rows.ssim.mean() == pytest.approx(0.9587, abs=0.00005)
