"""A training that is cut into pieces gives what an uncut one gives, to the bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from memnet.models.network import Network
from memnet.params import Budget, Experiment, Plan, Recipe, TrainingSet
from memnet.seeding import environment
from memnet.training import loop
from memnet.training.loop import TrainState
from memnet.training.run import resume_key
from tests.training.test_resume import fake_validation
from tests.training.tiny import ADAMW, MEMNET, RATES, RECIPES, SGD, Run, assert_same, experiment

STEPS = 13  # and validation after every fourth


Elsewhere = Callable[..., None]
"""The fixture `elsewhere`: named parts of the environment are others from now on."""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    def change(**parts: str) -> None:
        monkeypatch.setattr(loop, "environment", lambda device: environment(device) | parts)

    return change


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that every step of training moves on by a second, and nothing else."""
    now, step = 0.0, loop.train_step

    def train_step(*args: Any) -> float:
        nonlocal now
        now += 1
        return step(*args)

    monkeypatch.setattr(loop, "train_step", train_step)
    monkeypatch.setattr(loop.time, "monotonic", lambda: now)


def in_pieces(
    run: Run, recipe: Recipe, plan: Experiment, seconds: float
) -> list[tuple[Network, TrainState]]:
    """What each call left, until one has spent the budget."""
    pieces = []
    while not pieces or pieces[-1][1].share < 1:
        pieces.append(run(recipe, plan, validate=fake_validation, seconds=seconds))
    return pieces


@pytest.mark.parametrize("name", RECIPES)  # a rate that falls in steps, and a cosine
def test_five_pieces_are_one_run(run: Run, tmp_path: Path, clock: None, name: str) -> None:
    recipe, plan = RECIPES[name], experiment(RATES[name], budget=Budget(steps=STEPS))
    whole = run(recipe, plan, validate=fake_validation, checkpoint=tmp_path / "whole")
    pieces = in_pieces(run, recipe, plan, seconds=3)
    assert [state.step for _, state in pieces] == [3, 6, 9, 12, 13]
    assert [len(state.history) for _, state in pieces] == [0, 1, 2, 3, 4]  # a cut adds no line
    assert len({line["learning_rate"] for line in whole[1].history}) > 1
    assert_same(pieces[-1], whole)
    assert pieces[-1][1].seconds == STEPS


def test_a_budget_of_minutes_is_that_of_all_pieces(run: Run, tmp_path: Path, clock: None) -> None:
    plan = experiment(0.005, budget=Budget(minutes=STEPS / 60))
    whole = run(ADAMW, plan, validate=fake_validation, checkpoint=tmp_path / "whole")
    pieces = in_pieces(run, ADAMW, plan, seconds=3)
    assert [state.step for _, state in pieces] == [3, 6, 9, 12, 13]
    assert_same(pieces[-1], whole)


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 1e-9])
def test_a_piece_takes_at_least_one_step(run: Run, clock: None, seconds: float) -> None:
    pieces = in_pieces(run, ADAMW, experiment(0.005, budget=Budget(steps=3)), seconds)
    assert [state.step for _, state in pieces] == [1, 2, 3]


def test_a_cut_at_the_very_end_is_none(run: Run, clock: None) -> None:
    (piece,) = in_pieces(run, ADAMW, experiment(0.005, budget=Budget(steps=3)), seconds=3)
    assert piece[1].share == 1


# On another machine


def test_the_state_names_what_trained_it(run: Run, clock: None, elsewhere: Elsewhere) -> None:
    plan = experiment(0.005, budget=Budget(steps=STEPS))
    run(ADAMW, plan, seconds=3)
    run(ADAMW, plan, seconds=3)
    elsewhere(torch="2.11.0")
    run(ADAMW, plan, seconds=3)
    elsewhere(torch="2.12.0")
    _, state = run(ADAMW, plan)
    here = environment(torch.device("cpu")) | {"processes": 1}
    assert state.environments == [
        {"step": 0, "environment": here},
        {"step": 6, "environment": here | {"torch": "2.11.0"}},
        {"step": 9, "environment": here | {"torch": "2.12.0"}},
    ]


def test_who_finds_it_finished_has_not_trained_it(
    run: Run, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    run(ADAMW, experiment(0.005))
    elsewhere(torch="2.11.0")
    _, state = run(ADAMW, experiment(0.005))
    assert [e["step"] for e in state.environments] == [0]


def test_the_key_is_of_config_data_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(
        network=MEMNET, experiment=experiment(0.005), recipe=ADAMW,
        training_set=TrainingSet(task="denoising", dataset="d", levels=[30], validation=[]),
    )  # fmt: skip
    key = resume_key(plan, data_sha256="1")
    monkeypatch.setattr(torch, "__version__", "2.11.0")
    assert resume_key(plan, data_sha256="1") == key
    others = [
        resume_key(plan, data_sha256="2"),
        resume_key(plan.model_copy(update={"recipe": SGD}), data_sha256="1"),
    ]
    monkeypatch.setattr("memnet.training.run.code_sha256", lambda: "other code")
    assert key not in [*others, resume_key(plan, data_sha256="1")]
