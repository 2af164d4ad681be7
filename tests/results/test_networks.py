"""A network's folder: what is written comes back, and damage is told in a sentence."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from memnet.errors import InputError
from memnet.models.config import VdsrConfig
from memnet.models.vdsr import Vdsr
from memnet.results.networks import read_network, write_converted
from memnet.results.run_record import HISTORY_COLUMNS, read_history, read_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    network = Vdsr(VdsrConfig(depth=3, num_features=2, initialization="official"))
    write_converted(tmp_path, "tiny", {"super_resolution": None}, network, {"tiny.mat": "0" * 64})
    return tmp_path


def test_network_comes_back(folder: Path) -> None:
    record = read_record(folder)
    assert record.num_conv_weights == 9 * (2 + 4 + 2)
    assert record.origin == {"tiny.mat": "0" * 64}
    assert record.created is None  # so that converting twice gives the same bytes
    network = read_network(folder)
    assert not network.training
    assert network(torch.zeros(1, 1, 5, 5)).shape == (1, 1, 5, 5)


def test_reading_a_network_loads_no_compiler() -> None:
    code = (
        "import sys, memnet; memnet.load('memnet-small-sr'); print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "missing or damaged"),
        ("[]", "run.json: the file must be a mapping, got "),
        ('{"method": "x"}', "run.json: kind is missing"),
    ],
)
def test_damaged_record_is_told(folder: Path, text: str, said: str) -> None:
    (folder / "run.json").write_text(text)
    with pytest.raises(InputError, match=said):
        read_network(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tasks": []}, "tasks must be a mapping, got \\[\\]"),
        (
            {"tasks": {"super_resolution": "all"}},
            "tasks.super_resolution must be a list, got 'all'",
        ),
        ({"training_set": -1}, "training_set must be a mapping, got -1"),
        ({"training_set": {}}, "training_set.task is missing"),
        ({"minutes": float("nan")}, "minutes must be a finite number, got nan"),
        ({"created": "x"}, "created: Invalid isoformat string: 'x'"),
        ({"scores": [{"dataset": "set5"}]}, "scores.0.level is missing"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_record_with_another_value_is_told(
    folder: Path, change: dict[str, object], said: str
) -> None:
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | change))
    with pytest.raises(InputError, match=said):
        read_record(folder)


def test_record_of_another_network_is_told(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    for network, said in (({"kind": "unet"}, "kind must be one of"), ({}, "kind is missing")):
        (folder / "run.json").write_text(json.dumps(record | {"network": network}))
        with pytest.raises(InputError, match=said):
            read_network(folder)
    wider = record["network"] | {"num_features": 3}
    (folder / "run.json").write_text(json.dumps(record | {"network": wider}))
    with pytest.raises(InputError, match=r"model\.safetensors must hold the weights of a vdsr"):
        read_network(folder)


def test_a_network_larger_than_its_weights_takes_no_memory(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    huge = {"network": record["network"] | {"depth": 50, "num_features": 1000}}  # 1.7 GB
    (folder / "run.json").write_text(json.dumps(record | huge))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"model\.safetensors must hold the weights of a vdsr"):
        read_network(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**19  # KiB


def test_truncated_weights_are_told(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(InputError, match="must hold the weights of a vdsr network"):
        read_network(folder)


@pytest.mark.parametrize("text", ["", "step,epoch\n1,2\n", ",".join(HISTORY_COLUMNS) + "\na" * 7])
def test_damaged_history_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(InputError, match=r"history\.csv is missing or damaged"):
        read_history(tmp_path)
