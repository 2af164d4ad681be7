"""A network in a folder as hubs of models keep it, there and back."""

import json
from pathlib import Path

import pytest
import torch

from memnet.errors import InputError
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.models.network import read_pretrained
from memnet.models.vdsr import Vdsr
from memnet.results.networks import RELEASED

NAMES = sorted(path.parent.name for path in RELEASED.glob("*/config.json"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = MemNet(MemNetConfig(num_memory_blocks=2, num_recursions=1, num_features=4))
    network.trained_for = {"denoising": [30], "super_resolution": None}
    network.save_pretrained(tmp_path / "mine")
    return tmp_path / "mine"


def test_there_and_back_bit_for_bit(folder: Path, tmp_path: Path) -> None:
    network = MemNet.from_pretrained(folder)
    assert not network.training
    assert network.trained_for == {"denoising": [30], "super_resolution": None}
    network.save_pretrained(tmp_path / "again")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    plane = torch.rand(1, 1, 9, 11)
    again = read_pretrained(tmp_path / "again")
    assert torch.equal(network(plane), again(plane))


@pytest.mark.parametrize("name", NAMES)
def test_released_networks_come_that_way_too(name: str) -> None:
    network = MemNet.from_pretrained(RELEASED / name)
    record = json.loads((RELEASED / name / "run.json").read_text())
    learned = record["training_set"]
    assert network.config.model_dump() == record["network"]
    assert network.trained_for == {learned["task"]: learned["levels"]}


def told(folder: Path, kind: type[MemNet] | type[Vdsr] = MemNet) -> str:
    with pytest.raises(InputError) as caught:
        kind.from_pretrained(folder)
    return str(caught.value)


def test_faults(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    assert told(folder, Vdsr).endswith("config.json: kind must be vdsr, got 'memnet'")
    nothing = "must hold config.json and model.safetensors, but has no config.json"
    assert told(tmp_path) == f"{tmp_path} {nothing}"
    (folder / "config.json").write_text(json.dumps(config | {"num_features": 8}))
    assert "must hold the weights of a memnet network" in told(folder)
    (folder / "config.json").write_text(json.dumps(config | {"kind": "edsr"}))
    with pytest.raises(InputError, match=r"kind must be one of memnet, vdsr, .*, got 'edsr'"):
        read_pretrained(folder)
    for trained_for in (5, {}, {"denoising": 30}, {"denoise": [30]}):
        (folder / "config.json").write_text(json.dumps(config | {"trained_for": trained_for}))
        assert "config.json: trained_for" in told(folder)
    for text in ("{", "[]", ""):
        (folder / "config.json").write_text(text)
        assert told(folder).endswith("must be a whole JSON file of keys and values; copy it again")
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").unlink()
    assert "model.safetensors is missing" in told(folder)
