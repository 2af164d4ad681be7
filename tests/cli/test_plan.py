"""`memnet plan` advises by the frontier and by the speed of this machine."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from memnet.bench import train as bench
from memnet.cli import app
from memnet.params import Experiment
from memnet.results.frontier import FRONTIER, Point

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the profiles and a frontier that is made up."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").symlink_to(ROOT / "params")
    (tmp_path / FRONTIER).parent.mkdir()
    points = [
        Point(
            f"{n}-{b}", f"{n} in words", net, "memnet", rate, 0, b * 1e12, b * 1e12, 1.0, gain, 33.0
        )
        for n, net, rate, gains in (
            ("m2r2", "memnet-m2r2", 0.005, (1.0, 1.1)), ("m6r6", "m6r6", 0.002, (0.1, 2.0)),
        )
        for b, gain in zip((10, 100), gains, strict=True)
    ]  # fmt: skip
    pd.DataFrame(points, columns=Point._fields).to_csv(tmp_path / FRONTIER, index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("hours", "network", "said"),
    [
        (0.05, "memnet-m2r2", "Take m2r2 in words: about 6,"),
        (10, "m6r6", "and a gain of about 2.00 dB over the degraded input"),
    ],
)
def test_more_time_is_for_the_larger_network(
    project: Path, monkeypatch: pytest.MonkeyPatch, hours: float, network: str, said: str
) -> None:
    monkeypatch.setattr(bench, "step_rate", lambda plan, device: 1e11)
    done = CliRunner().invoke(app, ["plan", "--hours", str(hours)])
    assert done.exit_code == 0, done.output
    assert said in " ".join(done.output.split())
    (asked,) = YAML(typ="safe").load(done.output.split("network and recipe:\n")[1]).values()
    experiment = Experiment.model_validate(asked)
    assert experiment.network == network
    assert experiment.budget.operations == pytest.approx(3600 * hours * 1e11, rel=0.01)


def test_the_speed_is_that_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from memnet.params.composing import params_of

    monkeypatch.chdir(ROOT)
    plan = params_of("frontier").plan("m2r2-10")
    seconds = iter([9.0, 2.0, 3.0])  # the first one does not count
    called: list[Any] = []
    monkeypatch.setattr(
        bench, "seconds_of", lambda call, device: (called.append(call), next(seconds))[1]
    )
    rate = bench.step_rate(plan, torch.device("cpu"))
    assert rate == pytest.approx(4.02e9 / 2, rel=0.01) and len(called) == 3


def test_without_a_frontier_there_is_no_advice(project: Path) -> None:
    path = project / FRONTIER
    path.write_text(path.read_text().splitlines()[0] + "\n")
    done = CliRunner().invoke(app, ["plan", "--hours", "1"])
    assert "docs/frontier.csv holds no network yet: profile `frontier`" in str(done.exception)


def test_a_point_of_another_profile_is_told(project: Path) -> None:
    path = project / FRONTIER
    path.write_text(path.read_text().replace("m6r6-100,", "gone-100,"))
    done = CliRunner().invoke(app, ["plan", "--hours", "1"])
    assert "docs/frontier.csv has gone-100, which params/frontier.yaml lacks" in str(done.exception)
