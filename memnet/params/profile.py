"""The whole of params.yaml, what must agree in it, and its only reader."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError, model_validator

from memnet.errors import InputError
from memnet.models.config import MemNetConfig, TrainableConfig
from memnet.params.fields import Key, Keys, Names
from memnet.params.measuring import Benchmark, Calibration, Claims
from memnet.params.methods import MethodConfig
from memnet.params.training import Experiment, Plan, Recipe, TrainingSet
from memnet.schema import Section, TaskName, explain, read_yaml

T = TypeVar("T")

RESERVED = ("input", "target")  # what the degraded input and its target are called
NAMING = "experiments, converted, released and methods"  # the sections whose keys are methods


class Cells(Section):
    """The rows of one task: every method on every benchmark."""

    methods: Names
    benchmarks: Names


class Grid(Section):
    """What is evaluated and reported, task by task."""

    super_resolution: Cells
    denoising: Cells
    jpeg_deblocking: Cells


class Params(Section):
    """The whole of params.yaml."""

    profile: str
    budget: str
    datasets: Names
    benchmarks: dict[Key, Benchmark]
    training_sets: dict[Key, TrainingSet]
    networks: dict[Key, TrainableConfig]
    recipes: dict[Key, Recipe]
    experiments: dict[Key, Experiment]
    converted: Names
    released: Keys
    methods: dict[Key, MethodConfig]
    grid: Grid
    tables: dict[str, dict[TaskName, str]]
    calibration: Calibration
    claims: Claims

    def plan(self, experiment: str) -> Plan:
        """An experiment, its network, recipe and training set; InputError if there is none."""
        chosen = _named("experiment", self.experiments, experiment)
        return Plan(
            network=self.networks[chosen.network],
            experiment=chosen,
            recipe=self.recipes[chosen.recipe],
            training_set=self.training_sets[chosen.training_set],
        )

    def method(self, name: str) -> MethodConfig:
        """One method of others; InputError if there is none of that name."""
        return _named("method", self.methods, name)

    def benchmark(self, name: str) -> Benchmark:
        """One benchmark; InputError if there is none of that name."""
        return _named("benchmark", self.benchmarks, name)

    @model_validator(mode="after")
    def _names_exist(self) -> "Params":
        for section in ("benchmarks", "training_sets"):
            for key, item in getattr(self, section).items():
                _require(f"{section}.{key}.dataset", item.dataset, self.datasets, "datasets")
        self._check_method_names()
        for key, experiment in self.experiments.items():
            for field in ("network", "recipe", "training_set"):
                named, section = getattr(experiment, field), f"{field}s"
                _require(f"experiments.{key}.{field}", named, getattr(self, section), section)
            if self.training_sets[experiment.training_set].task != experiment.task:
                raise ValueError(
                    f"experiments.{key}.task must be that of its training set, "
                    f"got {experiment.task}"
                )
            network = self.networks[experiment.network]
            growth = self.recipes[experiment.recipe].growth
            grows = isinstance(network, MemNetConfig) and network.short_term
            if growth and not (grows and growth[0] < network.num_recursions):  # type: ignore[union-attr]
                raise ValueError(
                    f"experiments.{key}: growth needs a MemNet with short_term and more than "
                    f"{growth[0]} recursions, got recipe {experiment.recipe} for "
                    f"{experiment.network}"
                )
        for task in get_args(TaskName):
            self._check_cells(f"grid.{task}", getattr(self.grid, task), task)
        gridded = {b for cells in dict(self.grid).values() for b in cells.benchmarks}
        for name in self.benchmarks:
            _require("benchmarks", name, sorted(gridded), "grid.<task>.benchmarks")
        for column, shown in self.tables.items():
            for task, name in shown.items():  # one that the grid leaves out is shown as "not run"
                self._require_method(f"tables.{column}.{task}", name, task)
        for name in self.converted:
            _require("converted", name, self.datasets, "datasets")
        return self

    def _method_names(self) -> list[str]:
        return [*self.experiments, *self.converted, *self.released, *self.methods]

    def _check_method_names(self) -> None:
        every = self._method_names()
        for name in every:
            if name in RESERVED:
                raise ValueError(f"experiments and methods: none must be called {name}")
            if every.count(name) > 1:
                raise ValueError(f"{NAMING} must have different names, got {name} twice")
        for miss in self.calibration.known_misses:
            known = ["input", *every]
            _require("calibration.known_misses", miss.split("/")[0], known, "the methods")

    def _check_cells(self, where: str, cells: Cells, task: TaskName) -> None:
        tested: list[str] = []
        for name in cells.benchmarks:
            _require(f"{where}.benchmarks", name, self.benchmarks, "benchmarks")
            if self.benchmarks[name].task != task:
                raise ValueError(f"{where}.benchmarks: {name} is of another task")
            tested.append(self.benchmarks[name].dataset)
        for dataset in tested:
            if tested.count(dataset) > 1:  # a row is found by its task and dataset
                raise ValueError(
                    f"{where}.benchmarks must have one benchmark a dataset, got {dataset} twice"
                )
        for name in cells.methods:
            self._require_method(f"{where}.methods", name, task)

    def _require_method(self, where: str, name: str, task: TaskName) -> None:
        _require(where, name, self._method_names(), NAMING)
        tasks = {key: [trained.task] for key, trained in self.experiments.items()}
        tasks |= {key: list(method.tasks) for key, method in self.methods.items()}
        if task not in tasks.get(name, [task]):
            raise ValueError(f"{where}: {name} is of another task")


def _named(what: str, section: Mapping[str, T], name: str) -> T:
    if name not in section:
        raise InputError(f"{what} must be one of {', '.join(section) or 'none'}, got {name!r}")
    return section[name]


def _require(where: str, name: str, known: Any, section: str) -> None:
    if name not in known:
        raise ValueError(f"{where}: {name!r} is not among {section}: {', '.join(known) or 'none'}")


def load_params(path: str | Path = "params.yaml") -> Params:
    """Checked parameters; InputError if a key is wrong, with what is allowed and what was got."""
    try:
        return Params.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError(f"{path}: {explain(error)}") from None
