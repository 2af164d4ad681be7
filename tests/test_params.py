"""params.yaml: what loads, and that each fault is told in one sentence."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from memnet.errors import InputError
from memnet.models.config import DrcnConfig, MemNetConfig, VdsrConfig
from memnet.params import Budget, load_params

BENCHMARK = {"tiling": "whole", "showcase": None, "seeds": [0]}
MINIMAL: dict[str, Any] = {
    "profile": "minimal",
    "budget": "one step",
    "datasets": ["train", "test", "authors"],
    "benchmarks": {
        "sr": BENCHMARK | {"task": "super_resolution", "dataset": "test", "levels": [2, 3]},
        "noise": BENCHMARK | {"task": "denoising", "dataset": "test", "levels": [30],
                              "seeds": [0, 1]},
    },
    "training_sets": {
        "sr-train": {"task": "super_resolution", "dataset": "train", "levels": [2],
                     "validation": []},
    },
    "networks": {
        "memnet": {"kind": "memnet", "num_memory_blocks": 2, "num_recursions": 1,
                   "num_features": 4, "multi_supervised": True, "long_term": True,
                   "short_term": True, "initialization": "official"},
        "vdsr": {"kind": "vdsr", "depth": 3, "num_features": 4, "initialization": "zero_residual"},
    },
    "recipes": {
        "paper": {"optimizer": "sgd", "schedule": "step", "step_epochs": 20.0, "warmup": None,
                  "clip": 0.01, "weight_decay": 0.0001, "bias_lr_scale": 0.1, "batch_size": 64,
                  "patch_size": 31, "stride": 21, "bn_average": 0.999},
    },
    "experiments": {
        "ours": {"task": "super_resolution", "network": "memnet", "training_set": "sr-train",
                 "recipe": "paper", "learning_rate": 0.1, "budget": {"steps": 1},
                 "validate_every": 1, "seed": 0},
    },
    "converted": ["authors"],
    "released": [],
    "methods": {
        "mine": {"kind": "callable", "callable": "mine:restore", "parallel": False,
                 "tasks": {"super_resolution": [2]}},
    },
    "grid": {
        "super_resolution": {"methods": ["ours", "authors"], "benchmarks": ["sr"]},
        "denoising": {"methods": [], "benchmarks": ["noise"]},
        "jpeg_deblocking": {"methods": [], "benchmarks": []},
    },
    "tables": {"MemNet": {"super_resolution": "ours"}},
    "calibration": {"input": {"psnr": 0.02, "ssim": 0.0005}, "noise_psnr": 0.05,
                    "baselines": {"psnr": 0.05, "ssim": 0.001}, "known_misses": {}},
    "claims": {"smallest_gain": 0.01, "min_seeds": 3, "confidence": 0.95,
               "gate_margin": 0.02, "convergence": 0.1, "spectrum_margin": 0.1},
}  # fmt: skip
ABSENT = object()


@pytest.fixture
def fault(tmp_path: Path) -> Callable[..., str]:
    """The sentence for the minimal file with some keys changed, without the file's name."""

    def sentence(changes: dict[str, Any]) -> str:
        data = deepcopy(MINIMAL)
        for dotted, value in changes.items():
            *parents, last = dotted.split(".")
            section = data
            for parent in parents:
                section = section[parent]
            if value is ABSENT:
                del section[last]
            else:
                section[last] = value
        path = tmp_path / "params.yaml"
        YAML(typ="safe").dump(data, path)
        with pytest.raises(InputError) as error:
            load_params(path)
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
        return str(error.value).removeprefix(f"{path}: ")

    return sentence


# What loads


def test_the_minimal_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    YAML(typ="safe").dump(MINIMAL, path)
    params = load_params(path)
    assert isinstance(params.networks["memnet"], MemNetConfig)
    assert isinstance(params.networks["vdsr"], VdsrConfig)
    assert not isinstance(params.networks["vdsr"], DrcnConfig)
    assert params.grid.denoising.benchmarks == ["noise"]
    with pytest.raises(InputError) as error:
        params.plan("theirs")
    assert str(error.value) == "experiment must be one of ours, got 'theirs'"
    with pytest.raises(ValueError, match="frozen"):
        params.profile = "other"  # type: ignore[misc]


def test_numbers_as_yaml_1_2_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    YAML(typ="safe").dump(MINIMAL, path)
    text = path.read_text()
    assert "learning_rate: 0.1" in text
    path.write_text(text.replace("learning_rate: 0.1", "learning_rate: 1e-4"))
    assert load_params(path).experiments["ours"].learning_rate == 1e-4  # text in YAML 1.1


@pytest.mark.parametrize(
    ("budget", "share"),
    [
        (Budget(steps=40), 0.5),
        (Budget(epochs=4), 0.5),
        (Budget(minutes=2), 0.25),
        (Budget(operations=1e13), 0.2),
    ],
)
def test_share_of_a_budget(budget: Budget, share: float) -> None:
    found = budget.share(step=20, seconds=30, steps_per_epoch=10, operations=2e12)
    assert found == share


# What is refused


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        # keys
        ("experiments.ours.learning_rte", 0.1, " is not a known key: check its spelling"),
        ("networks.memnet.num_feature", 4, " is not a known key: check its spelling"),
        ("benchmarks.sr.border", 0, " is not a known key: check its spelling"),
        ("grid.deblurring", {}, " is not a known key: check its spelling"),
        ("experiments.ours.learning_rate", ABSENT, " is missing"),
        ("networks.vdsr.kind", ABSENT, " is missing"),
        ("benchmarks.sr.showcase", ABSENT, " is missing"),
        ("calibration", ABSENT, " is missing"),
        # types
        ("experiments.ours.learning_rate", "1e-4", " must be a number, got '1e-4'"),
        ("experiments.ours.learning_rate", True, " must be a number, got True"),
        ("experiments.ours.budget.steps", 1.5, " must be a whole number, got 1.5"),
        ("networks.memnet.num_features", "16", " must be a whole number, got '16'"),
        ("networks.memnet.long_term", "yes", " must be true or false, got 'yes'"),
        ("benchmarks.sr.levels", 2, " must be a list, got 2"),
        ("networks.vdsr", None, " must be a mapping, got nothing"),
        ("experiments", [], " must be a mapping, got []"),
        ("profile", 3, " must be text, got 3"),
        # values
        ("experiments.ours.learning_rate", 0, " must be greater than 0, got 0"),
        ("experiments.ours.learning_rate", float("inf"), " must be a finite number, got inf"),
        ("recipes.paper.weight_decay", float("nan"), " must be a finite number, got nan"),
        ("recipes.paper.bn_average", 1, " must be less than 1, got 1"),
        ("recipes.paper.patch_size", 7, " must be at least 8, got 7"),
        ("networks.vdsr.depth", 2, " must be at least 3, got 2"),
        ("benchmarks.sr.levels", [], " must not be empty, got []"),
        ("benchmarks.sr.levels", [2, 2], ": must not name anything twice, got 2 again"),
        ("grid.super_resolution.methods", ["ours", "ours"],
         ": must not name anything twice, got 'ours' again"),
        ("experiments.ours.seed", 2**40, " must be at most 4294967295, got 1099511627776"),
        ("benchmarks.noise.seeds", [0, -1], ".1 must be at least 0, got -1"),
        ("calibration.input.psnr", -1, " must be at least 0, got -1"),
        ("claims", ABSENT, " is missing"),
        ("claims.smallest_gian", 0.01, " is not a known key: check its spelling"),
        ("claims.smallest_gain", 0, " must be greater than 0, got 0"),
        ("claims.min_seeds", 2, " must be at least 3, got 2"),
        ("claims.confidence", 1, " must be less than 1, got 1"),
        # names from a list
        ("recipes.paper.optimizer", "adam", " must be one of sgd, adamw, muon, got 'adam'"),
        ("benchmarks.sr.tiling", "half", " must be one of whole, official, got 'half'"),
        ("networks.vdsr.kind", "srcnn", " must be one of memnet, vdsr, drcn, got 'srcnn'"),
        ("networks.memnet.initialization", "zero",
         " must be one of official, zero_residual, got 'zero'"),
        ("benchmarks.sr.task", "sr",
         " must be one of super_resolution, denoising, jpeg_deblocking, got 'sr'"),
        ("tables.MemNet.sr", "ours",
         " must be one of super_resolution, denoising, jpeg_deblocking, got 'sr'"),
        # names of other sections
        ("benchmarks.sr.dataset", "set5", ": 'set5' is not among datasets: train, test, authors"),
        ("training_sets.sr-train.dataset", "t91",
         ": 't91' is not among datasets: train, test, authors"),
        ("experiments.ours.network", "unet", ": 'unet' is not among networks: memnet, vdsr"),
        ("experiments.ours.recipe", "modern", ": 'modern' is not among recipes: paper"),
        ("experiments.ours.training_set", "x", ": 'x' is not among training_sets: sr-train"),
        ("grid.super_resolution.methods", ["a"],
         ": 'a' is not among experiments, converted, released and methods: ours, authors, mine"),
        ("grid.super_resolution.benchmarks", ["b"], ": 'b' is not among benchmarks: noise, sr"),
        ("tables.MemNet.super_resolution", "our",
         ": 'our' is not among experiments, converted, released and methods: ours, authors, mine"),
        ("tables.MemNet.denoising", "ours", ": ours is of another task"),
        # tasks that do not match
        ("experiments.ours.task", "denoising",
         " must be that of its training set, got denoising"),
        ("grid.denoising.methods", ["ours"], ": ours is of another task"),
        ("grid.denoising.benchmarks", ["sr"], ": sr is of another task"),
    ],
)  # fmt: skip
def test_one_wrong_key(fault: Callable[..., str], key: str, value: Any, sentence: str) -> None:
    assert fault({key: value}) == key + sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"benchmarks.sr.seeds": [1]},
         "benchmarks.sr: seeds must be [0] for super_resolution, which draws no noise"),
        ({"recipes.paper.step_epochs": None},
         "recipes.paper: step_epochs must be given for schedule step, and null for cosine"),
        ({"recipes.paper.warmup": 0.1},
         "recipes.paper: warmup must be given for schedule cosine, and null for step"),
        ({"recipes.paper.growth": [2, 1]},
         "recipes.paper: growth must rise from number to number, got [2, 1]"),
        ({"recipes.paper.growth": [1], "networks.memnet.short_term": False},
         "experiments.ours: growth needs a MemNet with short_term and more than 1 recursions, "
         "got recipe paper for memnet"),
        ({"recipes.paper.growth": [900]},
         "experiments.ours: growth needs a MemNet with short_term and more than 900 recursions, "
         "got recipe paper for memnet"),
        ({"experiments.ours.budget": {}},
         "experiments.ours.budget: must name one of steps, epochs, minutes and operations"),
        ({"experiments.ours.budget": {"steps": 1, "minutes": 1}},
         "experiments.ours.budget: must name one of steps, epochs, minutes and operations"),
        ({"networks.memnet.long_term": False, "networks.memnet.short_term": False},
         "networks.memnet: one of long_term and short_term must be true: "
         "each ablation drops one"),
        ({"grid.denoising.benchmarks": []},
         "benchmarks: 'noise' is not among grid.<task>.benchmarks: sr"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit_together(
    fault: Callable[..., str], changes: dict[str, Any], sentence: str
) -> None:
    assert fault(changes) == sentence


def test_a_misspelt_key_goes_before_the_missing_one(fault: Callable[..., str]) -> None:
    changes = {"recipes.paper.stride": ABSENT, "recipes.paper.strides": 4}
    assert fault(changes) == (
        "recipes.paper.strides is not a known key: check its spelling (and 1 more)"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ": the file must be a mapping, got nothing"),
        ("- 1", ": the file must be a mapping, got [1]"),
        ("a: [1\n", ", line 2 is not valid YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: 2\na: 3\n", ', line 3 is not valid YAML: found duplicate key "a"'),
        ("a: 2024-13-45", " is not valid YAML: month must be in 1..12"),
        ("a: !!bool x", " is not valid YAML: 'x'"),
        ("a: " + "9" * 5000, " is not valid YAML: Exceeds the limit"),
        ("[" * 10_000, " is not valid YAML: it is nested too deeply"),
        ("a: \0", " is not valid YAML: unacceptable character #x0000"),
        ("a: \udcff", " must be a readable text file, but: 'utf-8' codec can't decode"),
    ],
)
def test_files_that_are_no_params(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError) as error:
        load_params(path)
    assert str(error.value).startswith(f"{path}{sentence}")
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load_params(tmp_path / "none.yaml")
    assert str(error.value) == f"{tmp_path / 'none.yaml'} is missing: run in the project's folder"
    with pytest.raises(InputError, match="must be a readable text file, but: "):
        load_params(tmp_path)


# Names that would do harm, and rows that would be mixed


@pytest.mark.parametrize("name", ["../x", "a b", "x;echo", "a.b", "", "Ours"])
def test_a_key_is_a_plain_name(tmp_path: Path, name: str) -> None:
    data = deepcopy(MINIMAL)
    data["experiments"][name] = data["experiments"]["ours"]
    path = tmp_path / "params.yaml"
    YAML(typ="safe").dump(data, path)
    with pytest.raises(InputError, match="should match pattern"):
        load_params(path)


@pytest.mark.parametrize("name", ["input", "target"])
def test_an_experiment_cannot_take_the_place_of_the_degraded_input(
    fault: Callable[..., str], name: str
) -> None:
    said = fault({f"experiments.{name}": MINIMAL["experiments"]["ours"]})
    assert said == f"experiments and methods: none must be called {name}"


def test_two_benchmarks_of_one_dataset_would_be_averaged(fault: Callable[..., str]) -> None:
    said = fault(
        {
            "benchmarks.again": MINIMAL["benchmarks"]["sr"] | {"tiling": "official"},
            "grid.super_resolution.benchmarks": ["sr", "again"],
        }
    )
    assert said == (
        "grid.super_resolution.benchmarks must have one benchmark a dataset, got test twice"
    )


def test_unknown_benchmark_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    YAML(typ="safe").dump(MINIMAL, path)
    with pytest.raises(InputError, match="benchmark must be one of noise, sr, got 'x'"):
        load_params(path).benchmark("x")
