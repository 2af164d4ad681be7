"""What a run is made of, before MLflow sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from memnet.models import config
from memnet.params import Experiment, Params, Recipe, TrainingSet
from memnet.schema import Section
from memnet.tracking.collect import collect_records, summarise_records
from memnet.tracking.dvc_files import curves, metric_files
from memnet.tracking.method import _LEFT_OUT, short_params
from memnet.tracking.tracked import without_places
from tests.tracking_files import make_params, results, write_network

__all__ = ["results"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/srv/out/mine", ".../mine"),
        ("~/out", ".../out"),
        (r"C:\Users\Anna\out", ".../out"),
        ("out/mine", "out/mine"),
        ("mymodule:restore", "mymodule:restore"),
        ({"a": ["/x/y", 1, None]}, {"a": [".../y", 1, None]}),
    ],
)
def test_places_of_a_machine_are_left_out(value: Any, expected: Any) -> None:
    assert without_places(value) == expected


def test_no_two_settings_share_a_short_name() -> None:
    networks = [
        cls
        for cls in vars(config).values()
        if isinstance(cls, type) and issubclass(cls, Section) and "kind" in cls.model_fields
    ]
    assert len(networks) > 4
    sections = {"experiment": Experiment, "recipe": Recipe, "training_set": TrainingSet}
    fixed = {"profile", "network", "origin", "budget", "training_set", "training_levels"}
    for network in networks:
        names = sorted(fixed)
        for section, cls in {"network": network, **sections}.items():
            names += [name for name in cls.model_fields if name not in _LEFT_OUT[section]]
        assert len(names) == len(set(names)), network


def test_short_params_leave_out_what_is_unset(results: Path) -> None:
    run = json.loads((results / "methods/dncnn/run.json").read_text())
    params = short_params(run | {"recipe": {"clip": None, "optimizer": "adamw"}})
    assert params["optimizer"] == "adamw"
    assert not {"clip", "budget", "learning_rate"} & params.keys()


def test_a_training_that_nothing_evaluates_has_a_record(results: Path) -> None:
    write_network(results / "methods/memnet-lr2", "memnet-lr2")
    experiment = Experiment.model_construct(task="denoising")
    params = make_params()
    both = {"memnet-denoise": experiment, "memnet-lr2": experiment}
    params = Params.model_construct(**dict(params) | {"experiments": both})
    *gridded, alone = collect_records(params, results)
    assert [record.method for record in gridded] == ["input", "memnet-denoise", "dncnn"]
    assert (alone.method, alone.rows, alone.evaluations) == ("memnet-lr2", None, ())
    assert {point.name for point in alone.points} >= {"loss", "learning_rate", "minutes"}
    assert set(curves([*gridded, alone]).method) == {"memnet-denoise", "memnet-lr2"}


def test_metrics_lie_by_task_and_dataset(results: Path) -> None:
    summary = summarise_records(collect_records(make_params(), results))
    files = metric_files(summary)
    place = "denoising/bundled-test"
    assert list(files) == [f"{place}/{m}.json" for m in ("dncnn", "input", "memnet-denoise")]
    assert files[f"{place}/dncnn.json"]["s30"]["psnr"] == pytest.approx(29.9 - 30 / 7 + 1 / 6)


def test_without_a_training_the_table_of_curves_is_empty() -> None:
    assert list(curves([]).columns)[:3] == ["task", "method", "step"]
