"""The mean of the weights: its formula, and that a training scores and keeps it."""

import pytest
import torch

from memnet.models.network import Network, build_network
from memnet.training import loop
from memnet.training.averaging import WeightAverage
from tests.training.tiny import ADAMW, MEMNET, SGD, Run, experiment, state_of

DECAY = 0.8


def mean_of(states: list[dict[str, torch.Tensor]], decay: float) -> dict[str, torch.Tensor]:
    """Sum of decay^age times each state over the sum of these weights, in double precision."""
    shares = [decay**age for age in reversed(range(len(states)))]
    return {
        name: sum(share * state[name].double() for share, state in zip(shares, states, strict=True))
        / sum(shares)
        for name in states[0]
    }


def assert_near(network: Network, expected: dict[str, torch.Tensor]) -> None:
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            torch.testing.assert_close(
                tensor.double(), expected[name], rtol=1e-5, atol=1e-7, msg=name
            )


def test_the_mean_weighs_every_state_by_its_age_from_the_first_on() -> None:
    network = build_network(MEMNET)
    average = WeightAverage(network, DECAY)
    states = []
    for step in range(5):
        torch.manual_seed(step)
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.normal_()
        average.update(step)
        states.append(state_of(network))
        assert_near(average.network, mean_of(states, DECAY))
    assert set(average.networks) == {"network", "average"}


def test_without_a_decay_there_is_no_second_network() -> None:
    network = build_network(MEMNET)
    average = WeightAverage(network, None)
    average.update(0)
    assert average.network is network and average.networks == {"network": network}


def test_a_training_scores_and_keeps_the_mean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    states, scored = [], []
    step = loop.train_step

    def remember(network: Network, *rest: object) -> float:
        loss = step(network, *rest)  # type: ignore[arg-type]
        states.append(state_of(network))
        return loss

    def validate(network: Network) -> dict[int, float]:
        assert not network.training
        scored.append(state_of(network))
        return {30: 0.0}

    monkeypatch.setattr(loop, "train_step", remember)
    network, _ = run(ADAMW.model_copy(update={"ema": DECAY}), experiment(0.005), validate=validate)
    expected = mean_of(states, DECAY)
    assert len(states) == 12 and len(scored) == 3
    assert_near(network, expected)
    for name, tensor in scored[-1].items():
        assert torch.equal(tensor, network.state_dict()[name]), name
    last = states[-1]["blocks.0.conv_a.weight"]
    assert not torch.allclose(network.state_dict()["blocks.0.conv_a.weight"], last, rtol=1e-3)


def test_officially_the_last_weights_are_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    step = loop.train_step

    def remember(network: Network, *rest: object) -> float:
        loss = step(network, *rest)  # type: ignore[arg-type]
        states.append(state_of(network))
        return loss

    monkeypatch.setattr(loop, "train_step", remember)
    network, _ = run(SGD, experiment(0.1))
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, states[-1][name]), name
