"""A network's folder: what is written comes back, and damage is told in a sentence."""

import json
from pathlib import Path

import pytest
import torch

from memnet.errors import InputError
from memnet.models.config import VdsrConfig
from memnet.models.record import HISTORY_COLUMNS, read_history, read_run
from memnet.models.storage import read_network, write_converted
from memnet.models.vdsr import Vdsr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    network = Vdsr(VdsrConfig(depth=3, num_features=2, initialization="official"))
    write_converted(tmp_path, "tiny", {"super_resolution": None}, network, {"tiny.mat": "0" * 64})
    return tmp_path


def test_network_comes_back(folder: Path) -> None:
    record = read_run(folder)
    assert record["num_conv_weights"] == 9 * (2 + 4 + 2)
    assert record["origin"] == {"tiny.mat": "0" * 64}
    assert record["created"] is None  # so that converting twice gives the same bytes
    network = read_network(folder)
    assert not network.training
    assert network(torch.zeros(1, 1, 5, 5)).shape == (1, 1, 5, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "missing or damaged"), ("[]", "lacks method"), ('{"method": "x"}', "lacks tasks")],
)
def test_damaged_record_is_told(folder: Path, text: str, said: str) -> None:
    (folder / "run.json").write_text(text)
    with pytest.raises(InputError, match=said):
        read_network(folder)


def test_record_of_another_network_is_told(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    for network, said in (({"kind": "unet"}, "describe a network"), ({}, "describe a network")):
        (folder / "run.json").write_text(json.dumps(record | {"network": network}))
        with pytest.raises(InputError, match=said):
            read_network(folder)
    wider = record["network"] | {"num_features": 3}
    (folder / "run.json").write_text(json.dumps(record | {"network": wider}))
    with pytest.raises(InputError, match=r"weights\.safetensors must hold the weights of a vdsr"):
        read_network(folder)


def test_truncated_weights_are_told(folder: Path) -> None:
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(InputError, match="must hold the weights of a vdsr network"):
        read_network(folder)


@pytest.mark.parametrize("text", ["", "step,epoch\n1,2\n", ",".join(HISTORY_COLUMNS) + "\na" * 7])
def test_damaged_history_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(InputError, match=r"history\.csv is missing or damaged"):
        read_history(tmp_path)
