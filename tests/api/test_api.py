"""What `import memnet` offers, as a researcher would use it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import memnet
from memnet import api
from memnet.data import catalog
from memnet.data.catalog import BUILT_IN
from memnet.errors import InputError
from memnet.imaging.photo import Photo
from memnet.inference.photo import restore_photo
from memnet.methods import networks
from memnet.results.networks import RELEASED
from memnet.tasks import TASKS
from memnet.tasks.task import to_unit
from tests.projects import make_project, smooth_image

SMALL = {"memnet-small-sr": 2, "memnet-small-denoise": 50, "memnet-small-jpeg": 20}
IMAGE = smooth_image(0, (40, 44))


def fault(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_importing_loads_nothing() -> None:
    code = "import sys, memnet; print(len([m for m in sys.modules if m.startswith('memnet.')]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_every_name_is_there_and_documented() -> None:
    assert memnet.__all__ == api.__all__
    for name in memnet.__all__:
        assert getattr(memnet, name).__doc__, name
        assert name in dir(memnet)
    with pytest.raises(AttributeError, match="module 'memnet' has no attribute 'lod'"):
        memnet.lod  # noqa: B018


def test_networks_that_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # which no pipeline has filled
    known = memnet.networks()
    assert known["memnet-small-sr"] == {"super_resolution": [2, 3, 4]}
    assert known["arcnn"] == {"jpeg_deblocking": [10, 20]}
    assert not memnet.load("memnet-small-sr").training
    assert fault(lambda: memnet.load("memnet-sr")).startswith(
        "method must be a network (memnet-small-denoise, memnet-small-jpeg, memnet-small-sr, "
    )


# restore


@pytest.mark.parametrize(("name", "level"), SMALL.items())
def test_a_released_network_restores_as_the_command_does(name: str, level: int) -> None:
    network = memnet.load(name)
    [task] = network.trained_for or ()
    expected = restore_photo(
        Photo(IMAGE, None, None), network, task=task, level=level, device=torch.device("cpu")
    ).pixels
    for given in (name, network, RELEASED / name):
        np.testing.assert_array_equal(memnet.restore(IMAGE, given, level), expected)
    times = level if task == "super_resolution" else 1
    assert expected.dtype == np.uint8 and expected.shape == (40 * times, 44 * times, 3)


def test_a_network_in_training_is_not_touched() -> None:
    network = memnet.load("memnet-small-sr").train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    expected = memnet.restore(IMAGE[..., 0], "memnet-small-sr", 3)
    np.testing.assert_array_equal(memnet.restore(IMAGE[..., 0], network, 3), expected)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_planes_of_floats_stay_floats() -> None:
    plane = IMAGE[..., 0] / 255.0
    restored = memnet.restore(plane, "memnet-small-denoise", 30)
    assert restored.dtype == np.float32 and restored.shape == plane.shape


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ([[1, 2]], "image must be a NumPy array, .*, got a list"),
        (IMAGE.astype(np.uint16), r"image must be .*, got \(40, 44, 3\) uint16"),
        (IMAGE / 255.0, r"image must be .*, got \(40, 44, 3\) float64"),
        (np.zeros((4, 4, 4), np.uint8), r"image must be .*, got \(4, 4, 4\) uint8"),
        (np.zeros((0, 4), np.uint8), r"image must have pixels, got \(0, 4\)"),
        (np.full((40, 44), np.nan), "image must be finite, got NaN or infinity"),
        (
            IMAGE[..., 0].astype(float),
            "in units of 255 = 1, got values up to 2.*: divide it by 255",
        ),
    ],
)
def test_images_of_another_kind(image: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        memnet.restore(image, "memnet-small-sr", 2)


def test_what_the_network_was_not_trained_for() -> None:
    assert fault(lambda: memnet.restore(IMAGE, "memnet-small-sr", 8)).startswith(
        "memnet-small-sr was trained for scale 2, 3 and 4, not for 8"
    )
    assert fault(lambda: memnet.restore(IMAGE, "memnet-small-sr", 30, task="denoising")) == (
        "memnet-small-sr is for super_resolution, not for denoising"
    )
    network = memnet.MemNet(memnet.MemNetConfig(num_features=2, num_memory_blocks=1))
    assert fault(lambda: memnet.restore(IMAGE, network, 2)) == (
        "task must be given, as what MemNet was trained for is not recorded"
    )


# degrade and score


@pytest.mark.parametrize(("task", "level"), [("sr", 3), ("denoising", 30), ("jpeg", 10)])
def test_degrading_is_that_of_the_protocol(task: str, level: int) -> None:
    full = {"sr": "super_resolution", "jpeg": "jpeg_deblocking"}.get(task, task)
    protocol = TASKS[full]
    target, degraded = memnet.degrade(IMAGE, task, level, seed=0)
    pair = protocol.degrade(protocol.plane(IMAGE), level, seed=0)
    np.testing.assert_array_equal(target, pair.target)
    np.testing.assert_array_equal(degraded, to_unit(pair.degraded))
    assert degraded.dtype == np.float32 and degraded.shape == target.shape


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the dataset `tiny`, beside the networks that come with the package."""
    make_project(tmp_path, monkeypatch)
    monkeypatch.setattr(catalog, "BUILT_IN", BUILT_IN)
    monkeypatch.setattr(networks, "FOLDERS", (RELEASED,))


class Twice(nn.Module):
    """Returns its input, though not in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, plane: torch.Tensor) -> torch.Tensor:
        return plane * self.factor * (2 if self.training else 1)


@pytest.mark.usefixtures("_here")
def test_whatever_can_be_scored() -> None:
    bicubic = memnet.score("input", "sr", np.int64(3), "tiny")
    module = Twice().train()
    for method in (lambda plane: plane, lambda plane, level: plane, module):
        scored = memnet.score(method, "sr", 3, "tiny")
        assert (scored.psnr, scored.ssim) == (bicubic.psnr, bicubic.ssim)
    assert module.training
    assert bicubic.psnr == bicubic.rows.psnr.mean() == bicubic.inputs.psnr.mean()
    by_name = memnet.score("memnet-small-sr", "sr", 3, "tiny")
    for method in (memnet.load("memnet-small-sr").train(), RELEASED / "memnet-small-sr"):
        assert memnet.score(method, "sr", 3, "tiny").psnr == by_name.psnr


@pytest.mark.usefixtures("_here")
def test_nothing_of_the_caller_is_changed() -> None:
    module = nn.Sequential(nn.BatchNorm2d(1), nn.Identity()).train()
    module[0].eval()  # frozen
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    before = torch.get_deterministic_debug_mode()
    memnet.score(module, "sr", 3, "tiny")
    memnet.score("memnet-small-sr", "sr", 3, "tiny")
    memnet.restore(IMAGE, "memnet-small-sr", 2)
    assert torch.rand(1) == expected and torch.get_deterministic_debug_mode() == before
    assert module.training and not module[0].training


@pytest.mark.usefixtures("_here")
def test_a_network_is_not_scored_on_what_it_learned_from(tmp_path: Path) -> None:
    network = memnet.load("memnet-small-jpeg")
    network.trained_on = "tiny"
    network.save_pretrained(tmp_path / "mine")
    for method in (network, tmp_path / "mine", memnet.load("mine")):
        told = fault(lambda method=method: memnet.score(method, "jpeg", 10, "tiny"))  # type: ignore[misc]
        assert told.startswith("training set tiny and test set tiny must share no image")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: memnet.score(None, "sr", 3, "set5"), "method must be a name, a function or a"),  # type: ignore[arg-type]
        (lambda: memnet.score({}, "sr", 3, "set5"), "method must be a name, a function or a"),  # type: ignore[arg-type]
        (lambda: memnet.restore(IMAGE, nn.Identity(), 2), "network must be one that `load`"),  # type: ignore[arg-type]
        (lambda: memnet.restore(IMAGE, "memnet-small-sr", 2.0), "level must be a whole number"),  # type: ignore[arg-type]
        (lambda: memnet.degrade(IMAGE, "jpeg", "10"), "level must be a whole number"),  # type: ignore[arg-type]
        (lambda: memnet.degrade(IMAGE, "denoising", 30, seed=-1), "seed must be a whole number"),
    ],
)
def test_arguments_of_another_kind(call: Callable[[], object], told: str) -> None:
    assert fault(call).startswith(told)


@pytest.mark.usefixtures("_here")
def test_faults_of_what_is_scored() -> None:
    named = fault(lambda: memnet.score(lambda plane: None, "sr", 3, "tiny"))
    assert named.startswith("<lambda> must return a NumPy array of floats")
    shape = fault(lambda: memnet.score(nn.Conv2d(1, 2, 1), "sr", 3, "tiny"))
    assert shape.startswith("a module must return a tensor (1, 1, H, W), got (1, 2, ")
    task = fault(lambda: memnet.score(memnet.load("memnet-small-sr"), "jpeg", 10, "tiny"))
    assert task == "MemNet is for super_resolution, not for jpeg_deblocking"


def test_torch_hub_loads_a_released_network() -> None:
    root = Path(__file__).parents[2]
    network = torch.hub.load(str(root), "memnet", "memnet-small-jpeg", source="local")
    expected = memnet.load("memnet-small-jpeg").state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in network.state_dict().items())
