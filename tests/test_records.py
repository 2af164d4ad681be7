"""What a run is made of, before MLflow sees it."""

from pathlib import Path

import pytest

from memnet.models import config
from memnet.params import Experiment, Params, Recipe, TrainingSet
from memnet.schema import Section
from memnet.tracking.collect import _LEFT_OUT, collect_records, short_params, summarise_records
from memnet.tracking.dvc_files import all_curves, metric_files
from memnet.tracking.runs import _public
from tests.records import make_record, of_others
from tests.tracking_files import make_params, results, write_network

__all__ = ["results"]


def test_of_a_folder_its_last_name_alone_is_logged(tmp_path: Path) -> None:
    record = of_others("mine", "denoising", "images", folder=str(tmp_path / "out/mine"))
    assert _public(record)["folder"] == ".../mine"
    assert _public(make_record("memnet", "denoising"))["folder"] is None


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
    params = short_params(make_record("memnet-denoise", "denoising"))
    assert (params["optimizer"], params["budget"]) == ("adamw", "300 steps")
    assert not {"clip", "step_epochs"} & params.keys()
    theirs = short_params(of_others("dncnn", "denoising", "converted"))
    assert not {"optimizer", "budget", "learning_rate"} & theirs.keys()


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
    assert set(all_curves([*gridded, alone]).method) == {"memnet-denoise", "memnet-lr2"}


def test_metrics_lie_by_task_and_dataset(results: Path) -> None:
    summary = summarise_records(collect_records(make_params(), results))
    files = metric_files(summary)
    place = "denoising/bundled-test"
    assert list(files) == [f"{place}/{m}.json" for m in ("dncnn", "input", "memnet-denoise")]
    assert files[f"{place}/dncnn.json"]["s30"]["psnr"] == pytest.approx(29.9 - 30 / 7 + 1 / 6)


def test_without_a_training_the_table_of_curves_is_empty() -> None:
    assert list(all_curves([]).columns)[:3] == ["task", "method", "step"]
