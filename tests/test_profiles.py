"""The committed profiles load, name what exists, and keep training and test images apart."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from memnet.data.catalog import load_catalog
from memnet.models.config import MemNetConfig
from memnet.params import load_params
from memnet.tasks import TASKS

ROOT = Path(__file__).parent.parent
PROFILES = sorted((ROOT / "params").glob("*.yaml"))
EACH = pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)


def test_params_yaml_is_one_of_the_profiles() -> None:
    active = (ROOT / "params.yaml").read_bytes()
    assert len(PROFILES) > 1
    assert active in [path.read_bytes() for path in PROFILES]


@EACH
def test_a_profile_holds_what_its_file_says(path: Path) -> None:
    params = load_params(path)
    raw = YAML(typ="safe").load(path)
    assert params.profile == path.stem
    assert params.model_dump(exclude_unset=True) == raw  # no key was dropped, no value coerced


@EACH
def test_a_profile_names_real_datasets_images_and_levels(path: Path) -> None:
    params, catalog = load_params(path), load_catalog(ROOT / "datasets" / "registry.yaml")
    for dataset in params.datasets:
        assert dataset in catalog.datasets
    for settings in [*params.benchmarks.values(), *params.training_sets.values()]:
        lowest, highest = {"scale": (2, 8), "sigma": (1, 255), "quality": (1, 100)}[
            TASKS[settings.task].level_name
        ]
        assert all(lowest <= level <= highest for level in settings.levels)
    for benchmark in params.benchmarks.values():
        if benchmark.showcase is not None:
            images = [file.image for file in catalog.files(benchmark.dataset)]
            assert benchmark.showcase.image in images
    for training_set in params.training_sets.values():
        images = [file.image for file in catalog.files(training_set.dataset)]
        assert set(training_set.validation) < set(images)


@EACH
def test_a_profile_never_scores_what_it_trains_on(path: Path) -> None:
    params, catalog = load_params(path), load_catalog(ROOT / "datasets" / "registry.yaml")
    for experiment in params.experiments.values():
        train = params.training_sets[experiment.training_set].dataset
        for name in params.grid.of(experiment.task).benchmarks:
            catalog.require_disjoint(train, params.benchmarks[name].dataset)


@EACH
def test_every_plan_of_a_profile(path: Path) -> None:
    params = load_params(path)
    for name, experiment in params.experiments.items():
        plan = params.plan(name)
        assert plan.experiment is experiment
        assert plan.network == params.networks[experiment.network]
        assert plan.recipe == params.recipes[experiment.recipe]
        assert plan.training_set.task == experiment.task


def test_the_papers_recipe_is_that_of_the_paper() -> None:
    # The paper's text, and the solver and network files of tyshiwo/MemNet.
    params = load_params(ROOT / "params" / "paper.yaml")
    plan = params.plan("memnet-sr")
    network, recipe = plan.network, plan.recipe
    assert isinstance(network, MemNetConfig)
    assert (network.depth, network.num_features, network.initialization) == (80, 64, "official")
    assert plan.experiment.learning_rate == 0.1
    assert (recipe.optimizer, recipe.schedule, recipe.step_epochs) == ("sgd", "step", 20)
    assert (recipe.clip, recipe.weight_decay, recipe.bias_rate) == (0.01, 1e-4, 0.1)
    assert (recipe.batch_size, recipe.patch_size, recipe.stride) == (64, 31, 21)
    assert recipe.bn_average == 0.999
    assert plan.training_set.levels == [2, 3, 4]
