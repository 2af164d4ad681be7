"""The committed profiles load, name what exists, and keep training and test images apart."""

from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from memnet.data.catalog import load_catalog
from memnet.models.config import MemNetConfig
from memnet.params import Params
from memnet.params.composing import compose, profile_names
from memnet.results.networks import RELEASED
from memnet.results.run_record import read_record
from memnet.tasks import TASKS

ROOT = Path(__file__).parent.parent
PROFILES = profile_names(ROOT / "params")
EACH = pytest.mark.parametrize("name", PROFILES)


@cache
def profile(name: str) -> Params:
    return Params.model_validate(YAML(typ="safe").load(compose(name, ROOT / "params")))


def test_params_yaml_is_the_profile_laptop() -> None:
    assert len(PROFILES) > 5
    assert (ROOT / "params.yaml").read_text() == compose("laptop", ROOT / "params")


@EACH
def test_a_profile_holds_what_its_file_says(name: str) -> None:
    params, own = profile(name), YAML(typ="safe").load(ROOT / f"params/{name}.yaml")
    assert params.profile == name
    for experiment, settings in own.get("experiments", {}).items():
        found = params.experiments[experiment].model_dump(exclude_unset=True)
        assert found == settings


@EACH
def test_a_profile_holds_nothing_that_it_does_not_name(name: str) -> None:
    params = profile(name)
    plans = [params.plan(experiment) for experiment in params.experiments]
    for section, used in (
        ("networks", [p.experiment.network for p in plans]),
        ("recipes", [p.experiment.recipe for p in plans]),
        ("training_sets", [p.experiment.training_set for p in plans]),
    ):
        assert set(getattr(params, section)) == set(used)


def test_benchmark_has_what_its_released_networks_learned_from() -> None:
    params = profile("benchmark")
    records = [read_record(RELEASED / name) for name in params.released]
    learned = {record.training_set.dataset for record in records if record.training_set}
    assert learned and learned <= set(params.datasets)


@EACH
def test_a_profile_names_real_datasets_images_and_levels(name: str) -> None:
    params, catalog = profile(name), load_catalog()
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
def test_a_profile_never_scores_what_it_trains_on(name: str) -> None:
    params, catalog = profile(name), load_catalog()
    for experiment in params.experiments.values():
        train = params.training_sets[experiment.training_set].dataset
        for benchmark in getattr(params.grid, experiment.task).benchmarks:
            catalog.require_disjoint(train, params.benchmarks[benchmark].dataset)


@EACH
def test_every_plan_of_a_profile(name: str) -> None:
    params = profile(name)
    for key, experiment in params.experiments.items():
        plan = params.plan(key)
        assert plan.experiment is experiment
        assert plan.network == params.networks[experiment.network]
        assert plan.recipe == params.recipes[experiment.recipe]
        assert plan.training_set.task == experiment.task


def test_the_papers_recipe_is_that_of_the_paper() -> None:
    # The paper's text, and the solver and network files of tyshiwo/MemNet.
    params = profile("paper")
    plan = params.plan("memnet-sr")
    network, recipe = plan.network, plan.recipe
    assert isinstance(network, MemNetConfig)
    assert (network.depth, network.num_features, network.initialization) == (80, 64, "official")
    assert plan.experiment.learning_rate == 0.1
    assert (recipe.optimizer, recipe.schedule, recipe.step_epochs) == ("sgd", "step", 20)
    assert (recipe.clip, recipe.weight_decay, recipe.bias_lr_scale) == (0.01, 1e-4, 0.1)
    assert (recipe.batch_size, recipe.patch_size, recipe.stride) == (64, 31, 21)
    assert recipe.bn_average == 0.999
    assert plan.training_set.levels == [2, 3, 4]
