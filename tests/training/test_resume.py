"""The training loop repeats itself to the bit, and goes on where it was stopped."""

import math
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from memnet.errors import InputError
from memnet.models.memnet import MemNet
from memnet.models.network import Network
from memnet.params import Budget
from memnet.training import loop
from memnet.training.cost import step_operations
from memnet.training.loop import TrainState
from memnet.training.muon import Muon
from tests.training.tiny import ADAMW, MEMNET, RATES, RECIPES, Run, assert_same, experiment

BOTH = pytest.mark.parametrize("name", RECIPES)


def fake_validation(network: Network) -> dict[int, float]:
    """A score of every weight, by two levels."""
    total = sum(float(t.double().sum()) for t in network.state_dict().values())
    return {30: total, 50: total / 3}


# The same again


@BOTH
def test_two_runs_are_equal_to_the_bit(run: Run, tmp_path: Path, name: str) -> None:
    plan = experiment(RATES[name])
    first = run(RECIPES[name], plan, validate=fake_validation, checkpoint=tmp_path / "a")
    second = run(RECIPES[name], plan, validate=fake_validation, checkpoint=tmp_path / "b")
    assert_same(first, second)


def test_another_seed_is_another_network(run: Run, tmp_path: Path) -> None:
    first, _ = run(ADAMW, experiment(0.005), checkpoint=tmp_path / "a")
    second, _ = run(ADAMW, experiment(0.005, seed=1), checkpoint=tmp_path / "b")
    assert not torch.equal(first.extract.conv.weight, second.extract.conv.weight)


# Stopped and resumed


class Trip:
    """Does what it wraps, and at the n-th call something else besides."""

    def __init__(self, wrapped: Callable[..., Any], at: int, act: Callable[[], None]) -> None:
        self.wrapped, self.at, self.act, self.calls = wrapped, at, act, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self.wrapped(*args, **kwargs)
        self.calls += 1
        if self.calls == self.at:
            self.act()
        return result


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def crash() -> None:
    raise KeyboardInterrupt  # as in a thread, or where something else fails


OPTIMIZERS = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW, "muon": Muon}
WHERE = {"report": 5, "forward": 73, "optimizer": 6, "validate": 2, "save": 3}
"""A place in the loop, and the call of it at which the training stops."""


def stopped_and_resumed(
    run: Run, patch: pytest.MonkeyPatch, name: str, where: str, act: Callable[[], None]
) -> tuple[Network, TrainState]:
    recipe, plan, at = RECIPES[name], experiment(RATES[name]), WHERE[where]
    target = {
        "forward": (nn.BatchNorm2d, "forward"),
        "optimizer": (OPTIMIZERS[name], "step"),
        "save": (loop, "save_checkpoint"),
    }.get(where)
    with patch.context() as inner:
        if target is not None:
            trip = Trip(getattr(*target), at, act)
            inner.setattr(*target, lambda *args, **kwargs: trip(*args, **kwargs))
        with pytest.raises(KeyboardInterrupt):
            run(
                recipe, plan,
                validate=Trip(fake_validation, at, act) if where == "validate" else fake_validation,
                report=Trip(lambda state: None, at if where == "report" else -1, act),
            )  # fmt: skip
    return run(recipe, plan, validate=fake_validation)


@BOTH
@pytest.mark.parametrize("where", ["report", "forward", "optimizer", "validate"])
def test_ctrl_c_at_any_moment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    recipe, plan = RECIPES[name], experiment(RATES[name])
    whole = run(recipe, plan, validate=fake_validation, checkpoint=tmp_path / "whole")
    resumed = stopped_and_resumed(run, monkeypatch, name, where, ctrl_c)
    assert (tmp_path / "checkpoint").exists()  # of the step that was finished first
    assert_same(resumed, whole)


@BOTH
@pytest.mark.parametrize("where", WHERE)
def test_a_crash_at_any_moment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    """What is left is the file of some step before: never half of one."""
    recipe, plan = RECIPES[name], experiment(RATES[name])
    whole = run(recipe, plan, validate=fake_validation, checkpoint=tmp_path / "whole")
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    assert_same(stopped_and_resumed(run, monkeypatch, name, where, crash), whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_training_after_its_step(run: Run, number: signal.Signals) -> None:
    seen: list[int] = []

    def report(state: TrainState) -> None:
        seen.append(state.step)
        if state.step == 3:
            signal.raise_signal(number)

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        run(ADAMW, experiment(0.005), report=report)
    assert seen == [1, 2, 3]
    assert signal.getsignal(number) is before
    resumed: list[int] = []
    run(ADAMW, experiment(0.005), report=lambda state: resumed.append(state.step))
    assert resumed == list(range(4, 13))


def test_training_in_another_thread(run: Run, tmp_path: Path) -> None:
    plan = experiment(0.005)
    whole = run(ADAMW, plan, checkpoint=tmp_path / "whole")
    with ThreadPoolExecutor(1) as pool:  # where Python allows no signal handlers
        assert_same(pool.submit(run, ADAMW, plan).result(), whole)


@BOTH
def test_killed_after_an_earlier_checkpoint(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A kill saves nothing more: what is left is the file of some earlier step."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    recipe, plan = RECIPES[name], experiment(RATES[name])
    live, left = tmp_path / "live", tmp_path / "left"

    def keep_the_sixth(state: TrainState) -> None:
        if state.step == 7:  # the file was written at the end of step 6
            shutil.copyfile(live, left)

    whole = run(recipe, plan, validate=fake_validation, checkpoint=live, report=keep_the_sixth)
    steps: list[int] = []
    resumed = run(
        recipe, plan, validate=fake_validation, checkpoint=left,
        report=lambda state: steps.append(state.step),
    )  # fmt: skip
    assert steps == [7, 8, 9, 10, 11, 12]
    assert_same(resumed, whole)


def test_a_finished_run_is_not_trained_further(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    first = run(ADAMW, experiment(0.005), validate=fake_validation)
    steps: list[int] = []
    again = run(ADAMW, experiment(0.005), report=lambda state: steps.append(state.step))
    assert steps == []
    assert_same(first, again)
    assert again[1].seconds == first[1].seconds


def test_the_checkpoint_of_another_run_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    run(ADAMW, experiment(0.005), key="one")
    with pytest.raises(InputError, match="belongs to another config, data set, code"):
        run(ADAMW, experiment(0.005), key="two")


def test_a_budget_of_minutes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step takes one second of a clock that steps, reports and breaks move."""
    now = 1000.0
    step, progresses = loop.train_step, list[float]()

    def pass_seconds(seconds: float) -> None:
        nonlocal now
        now += seconds

    def slow_step(*args: Any) -> float:
        pass_seconds(1)
        progresses.append(args[6])
        return step(*args)

    def report(state: TrainState) -> None:
        pass_seconds(100)  # showing progress does not count
        if len(progresses) == 5:
            ctrl_c()

    monkeypatch.setattr(loop.time, "monotonic", lambda: now)
    monkeypatch.setattr(loop, "train_step", slow_step)
    plan = experiment(0.005, budget=Budget(minutes=0.2), validate_every=100)
    with pytest.raises(KeyboardInterrupt):
        run(ADAMW, plan, report=report)
    pass_seconds(5000)  # nor does a break
    _, state = run(ADAMW, plan, report=report)
    assert progresses == pytest.approx([n / 12 for n in range(12)])
    assert (state.step, state.seconds) == (12, 12)
    assert [line["step"] for line in state.history] == [12]


def test_a_budget_of_epochs(run: Run) -> None:
    num_steps = 2 * 5 * 7 * 8 // 4  # in an epoch, as above
    _, state = run(ADAMW, experiment(0.005, budget=Budget(epochs=0.1), validate_every=99))
    assert state.step == math.ceil(0.1 * num_steps)


GROWING = {"growth": [1, 2]}
GROWN = ADAMW.model_copy(update=GROWING)


@BOTH
def test_a_network_grows_and_resumes_to_the_bit(run: Run, tmp_path: Path, name: str) -> None:
    recipe, config = (
        RECIPES[name].model_copy(update=GROWING),
        MEMNET.model_copy(update={"num_recursions": 3}),
    )
    sizes: list[int] = []

    def validate(network: Network) -> dict[int, float]:
        sizes.append(len(network.blocks[0].units))  # type: ignore[union-attr, index, arg-type]
        return fake_validation(network)

    plan = experiment(RATES[name], validate_every=1)
    whole = run(recipe, plan, config=config, validate=validate, checkpoint=tmp_path / "whole")
    assert sizes == [n for n in (1, 2, 3) for _ in range(4)]
    costs = (
        step_operations(config.model_copy(update={"num_recursions": n}), recipe) for n in (1, 2, 3)
    )
    assert whole[1].operations == 4 * sum(costs)
    for _ in range(12):  # a step each
        pieces = run(recipe, plan, config=config, validate=fake_validation, seconds=0)
    assert_same(whole, pieces)


def test_a_network_is_whole_after_a_single_step(run: Run) -> None:
    network, _ = run(GROWN, experiment(0.005, budget=Budget(steps=1)))
    assert network.config == MEMNET
    assert network.state_dict().keys() == MemNet(MEMNET).state_dict().keys()


def test_a_budget_of_operations(run: Run) -> None:
    budget = Budget(operations=6.5 * step_operations(MEMNET, ADAMW))
    _, state = run(ADAMW, experiment(0.005, budget=budget, validate_every=99))
    assert state.step == 7
