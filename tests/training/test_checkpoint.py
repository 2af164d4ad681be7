"""Checkpoints: all state comes back, and a wrong or damaged file is refused in a sentence."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from memnet.errors import InputError
from memnet.models.config import VdsrConfig
from memnet.models.network import Network, build_network
from memnet.params import Recipe
from memnet.training.checkpoint import read_checkpoint, save_checkpoint
from memnet.training.loop import make_optimizer
from tests.training.tiny import ADAMW, MEMNET, RECIPES, SGD, state_of


def built() -> Network:
    """A network of the layout that is trained; each has other weights."""
    return build_network(MEMNET).to(memory_format=torch.channels_last)


def trained(recipe: Recipe, steps: int = 3) -> tuple[Network, torch.optim.Optimizer]:
    """A network, and an optimiser that has state."""
    torch.manual_seed(0)
    network = built()
    optimizer = make_optimizer(network, recipe)
    for group in optimizer.param_groups:
        group["lr"] = 0.01
    for _ in range(steps):
        loss = (network(torch.rand(2, 1, 9, 9)) - 1).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network, optimizer


def fresh(recipe: Recipe) -> tuple[Network, torch.optim.Optimizer]:
    torch.manual_seed(1)
    network = built()
    return network, make_optimizer(network, recipe)


def load(path: Path, key: str, network: Network, optimizer: torch.optim.Optimizer) -> Any:
    """The record of a checkpoint whose tensors are put in place."""
    found = read_checkpoint(path, key)
    if found is not None:
        found.restore(network, optimizer)
    return found and found.record


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_everything_comes_back(tmp_path: Path, recipe: Recipe) -> None:
    network, optimizer = trained(recipe)
    record = {"step": 3, "loss_sum": 0.1 + 0.2, "history": [{"psnr": None}]}
    save_checkpoint(tmp_path / "new" / "c", "key", network, optimizer, record)
    other, other_optimizer = fresh(recipe)
    assert load(tmp_path / "new" / "c", "key", other, other_optimizer) == record
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["c"]
    for name, tensor in network.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
    slots, other_slots = (o.state_dict()["state"] for o in (optimizer, other_optimizer))
    assert slots.keys() == other_slots.keys() and len(slots) > 10
    for index, slot in slots.items():
        for name, tensor in slot.items():
            got = other_slots[index][name]
            assert torch.equal(got, tensor) and got.dtype == tensor.dtype


def test_no_checkpoint_is_no_error(tmp_path: Path) -> None:
    network, optimizer = fresh(SGD)
    before = state_of(network)
    assert load(tmp_path / "none", "key", network, optimizer) is None
    after = network.state_dict()
    assert all(torch.equal(t, before[name]) for name, t in after.items())


def test_another_key_is_refused_and_nothing_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "c"
    save_checkpoint(path, "key", *trained(SGD), {})
    network, optimizer = fresh(SGD)
    before = state_of(network)
    with pytest.raises(InputError) as error:
        load(path, "other", network, optimizer)
    assert str(error.value) == (
        f"{path} belongs to another config, data set, code version, engine or precision: "
        "restore those to go on, or delete it to start anew"
    )
    after = network.state_dict()
    assert all(torch.equal(t, before[name]) for name, t in after.items())


@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused(tmp_path: Path, part: float) -> None:
    path = tmp_path / "c"
    save_checkpoint(path, "key", *trained(ADAMW), {})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError) as error:
        load(path, "key", *fresh(ADAMW))
    assert str(error.value).startswith(f"{path} is no whole checkpoint (")
    assert str(error.value).endswith("): delete it to start anew")


def test_weights_are_no_checkpoint(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "c")
    with pytest.raises(InputError, match="is no whole checkpoint"):
        load(tmp_path / "c", "key", *fresh(ADAMW))


def test_an_interrupted_save_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c"
    save_checkpoint(path, "key", *trained(SGD), {"step": 3})
    before = path.read_bytes()

    def broken(tensors: object, part: Path, metadata: object) -> None:
        part.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr("memnet.training.checkpoint.save_file", broken)
    with pytest.raises(OSError, match="no space left"):
        save_checkpoint(path, "key", *trained(SGD), {"step": 4})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_another_network_of_the_same_key_is_a_programmers_error(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", "key", *trained(SGD), {})
    vdsr = build_network(VdsrConfig(depth=3, num_features=4, initialization="official"))
    with pytest.raises(RuntimeError, match="state_dict"):
        load(tmp_path / "c", "key", vdsr, make_optimizer(vdsr, SGD))
