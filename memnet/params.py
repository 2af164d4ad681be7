"""params.yaml as typed, checked records: the only reader of that file."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from memnet.errors import InputError
from memnet.models.config import TrainableConfig
from memnet.schema import LEVEL_LIMITS, Section, TaskName, explain

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # what NumPy's generator takes
# Keys become names of files and arguments of commands.
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
RESERVED = ("input", "target")  # what the degraded input and its target are called


def _no_repeats(values: list[Any]) -> list[Any]:
    repeated = [value for value in dict.fromkeys(values) if values.count(value) > 1]
    if repeated:
        raise ValueError(f"must not name anything twice, got {repeated[0]!r} again")
    return values


Names = Annotated[list[str], AfterValidator(_no_repeats)]
Levels = Annotated[list[int], Field(min_length=1), AfterValidator(_no_repeats)]


def _require_levels(task: TaskName, levels: list[int]) -> None:
    lowest, highest = LEVEL_LIMITS[task]
    for level in levels:
        if not lowest <= level <= highest:
            raise ValueError(f"levels of {task} must be in [{lowest}, {highest}], got {level}")


class Showcase(Section):
    """The square crop of one test image that the report shows for every method."""

    image: str
    top: Annotated[int, Field(ge=0)]
    left: Annotated[int, Field(ge=0)]
    size: Count


class Benchmark(Section):
    """One task on one test set.

    `seeds` draw the noise of denoising (one restored image a seed); the other tasks draw nothing
    and name the one seed 0. `tiling` is "whole", or "official" as the authors' scripts cut images.
    """

    task: TaskName
    dataset: str
    levels: Levels
    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_no_repeats)]
    tiling: Literal["whole", "official"]
    showcase: Showcase | None

    @model_validator(mode="after")
    def _levels_exist_and_seeds_have_an_effect(self) -> "Benchmark":
        _require_levels(self.task, self.levels)
        if self.task != "denoising" and self.seeds != [0]:
            raise ValueError(f"seeds must be [0] for {self.task}, which draws no noise")
        return self


class TrainingSet(Section):
    """The images, levels and held-out images that a network learns one task from."""

    task: TaskName
    dataset: str
    levels: Levels
    validation: Names

    @model_validator(mode="after")
    def _levels_exist(self) -> "TrainingSet":
        _require_levels(self.task, self.levels)
        return self


class Recipe(Section):
    """How a network is trained, apart from its learning rate and budget.

    Attributes
    ----------
    optimizer : "sgd" (momentum 0.9 as Caffe does it) or "adamw"
    schedule : "step" divides the learning rate by 10 every `step_epochs`; "cosine" falls to 0 over
        the budget after a linear warm-up over `warmup` of it
    step_epochs : epochs between two steps; null for "cosine"
    warmup : part of the budget; null for "step"
    clip : gradient norm times learning rate (official solver: 0.01, the threshold being
        0.01 / lr), or null for no clipping
    weight_decay : on every parameter, as in Caffe
    bias_rate : factor of the learning rate of convolution biases
    batch_size, patch_size, stride : patches are cut at every multiple of `stride`
    bn_average : share of the past in the running statistics (Caffe: 0.999, bias-corrected)
    """

    optimizer: Literal["sgd", "adamw"]
    schedule: Literal["step", "cosine"]
    step_epochs: Positive | None
    warmup: Annotated[float, Field(ge=0, lt=1)] | None
    clip: Positive | None
    weight_decay: Annotated[float, Field(ge=0)]
    bias_rate: Positive
    batch_size: Count
    patch_size: Annotated[int, Field(ge=8)]
    stride: Count
    bn_average: Annotated[float, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> "Recipe":
        if (self.step_epochs is None) != (self.schedule == "cosine"):
            raise ValueError("step_epochs must be given for schedule step, and null for cosine")
        if (self.warmup is None) != (self.schedule == "step"):
            raise ValueError("warmup must be given for schedule cosine, and null for step")
        return self


class Budget(Section):
    """How long a training lasts: in optimiser steps, in epochs or in minutes, one of the three."""

    steps: Count | None = None
    epochs: Positive | None = None
    minutes: Positive | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Budget":
        if sum(unit is not None for unit in (self.steps, self.epochs, self.minutes)) != 1:
            raise ValueError("must name one of steps, epochs and minutes")
        return self

    def share(self, *, step: int, seconds: float, steps_per_epoch: int) -> float:
        """Share of the budget that `step` steps in `seconds` have spent."""
        if self.minutes is not None:
            return seconds / (60 * self.minutes)
        if self.epochs is not None:
            return step / (self.epochs * steps_per_epoch)
        assert self.steps is not None
        return step / self.steps


class Experiment(Section):
    """One training: which network, on what, how, how long."""

    task: TaskName
    network: str
    training_set: str
    recipe: str
    learning_rate: Positive
    budget: Budget
    validate_every: Count
    seed: Seed


class Plan(Section):
    """An experiment with everything that it names."""

    network: TrainableConfig
    experiment: Experiment
    recipe: Recipe
    training_set: TrainingSet


class Cells(Section):
    """The rows of one task: every method on every benchmark."""

    methods: Names
    benchmarks: Names


class Grid(Section):
    """What is evaluated and reported, task by task."""

    super_resolution: Cells
    denoising: Cells
    jpeg_deblocking: Cells

    def of(self, task: TaskName) -> Cells:
        """The cells of one task."""
        cells: Cells = getattr(self, task)
        return cells


class KnownMiss(Section):
    """A published value that the protocol is known to miss, with the reason."""

    dataset: str
    metric: Literal["psnr", "ssim"]
    tolerance: Positive
    reason: str


class Calibration(Section):
    """How far an untrained row may lie from its published value."""

    psnr: Positive
    ssim: Positive
    noise_psnr: Positive
    known_misses: list[KnownMiss]


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
    grid: Grid
    tables: dict[str, dict[TaskName, str]]
    calibration: Calibration

    def plan(self, experiment: str) -> Plan:
        """One experiment with its network, recipe and training set.

        Raises
        ------
        InputError : there is no such experiment
        """
        if experiment not in self.experiments:
            known = ", ".join(self.experiments)
            raise InputError(f"experiment must be one of {known}, got {experiment!r}")
        chosen = self.experiments[experiment]
        return Plan(
            network=self.networks[chosen.network],
            experiment=chosen,
            recipe=self.recipes[chosen.recipe],
            training_set=self.training_sets[chosen.training_set],
        )

    def benchmark(self, name: str) -> Benchmark:
        """One benchmark.

        Raises
        ------
        InputError : there is none of that name
        """
        if name not in self.benchmarks:
            known = ", ".join(self.benchmarks)
            raise InputError(f"benchmark must be one of {known}, got {name!r}")
        return self.benchmarks[name]

    @model_validator(mode="after")
    def _names_exist(self) -> "Params":
        for section in ("benchmarks", "training_sets"):
            for key, item in getattr(self, section).items():
                _require(f"{section}.{key}.dataset", item.dataset, self.datasets, "datasets")
        for key, experiment in self.experiments.items():
            where = f"experiments.{key}"
            if key in RESERVED:
                raise ValueError(f"{where}: an experiment must not be called {key}")
            _require(f"{where}.network", experiment.network, self.networks, "networks")
            _require(f"{where}.recipe", experiment.recipe, self.recipes, "recipes")
            _require(
                f"{where}.training_set", experiment.training_set, self.training_sets,
                "training_sets",
            )  # fmt: skip
            if self.training_sets[experiment.training_set].task != experiment.task:
                raise ValueError(
                    f"{where}.task must be that of its training set, got {experiment.task}"
                )
        self._check_grid()
        return self

    def _check_grid(self) -> None:
        for task in get_args(TaskName):
            cells: Cells = self.grid.of(task)
            where = f"grid.{task}"
            for name in cells.benchmarks:
                _require(f"{where}.benchmarks", name, self.benchmarks, "benchmarks")
                if self.benchmarks[name].task != task:
                    raise ValueError(f"{where}.benchmarks: {name} is of another task")
            tested = [self.benchmarks[name].dataset for name in cells.benchmarks]
            for dataset in tested:
                if tested.count(dataset) > 1:  # a row is found by its task and dataset
                    raise ValueError(
                        f"{where}.benchmarks must have one benchmark a dataset, got {dataset} twice"
                    )
            for name in cells.methods:
                self._require_method(f"{where}.methods", name, task)
        gridded = {b for cells in dict(self.grid).values() for b in cells.benchmarks}
        for name in self.benchmarks:
            _require("benchmarks", name, sorted(gridded), "grid.<task>.benchmarks")
        for column, shown in self.tables.items():
            for task, name in shown.items():  # one that the grid leaves out is shown as "not run"
                self._require_method(f"tables.{column}.{task}", name, task)
        for name in self.converted:
            _require("converted", name, self.datasets, "datasets")

    def _require_method(self, where: str, name: str, task: TaskName) -> None:
        known = [*self.experiments, *self.converted]
        _require(where, name, known, "experiments or converted")
        if name in self.experiments and self.experiments[name].task != task:
            raise ValueError(f"{where}: {name} is of another task")


def _require(where: str, name: str, known: Any, section: str) -> None:
    if name not in known:
        raise ValueError(f"{where}: {name!r} is not among {section}: {', '.join(known) or 'none'}")


def load_params(path: str | Path = "params.yaml") -> Params:
    """Checked parameters of a profile.

    Raises
    ------
    InputError : the file is missing, is not YAML, or a key is unknown, missing, of the wrong type
        or out of range; the message names the file, the dotted key, what is allowed and what was
        given
    """
    try:
        data = YAML(typ="safe", pure=True).load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: run in the project's folder") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} must be a readable text file, but: {error}") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", error)).splitlines()[0]
        raise InputError(f"{path}{where} is not valid YAML: {problem}") from None
    try:
        return Params.model_validate(data)
    except ValidationError as error:
        raise InputError(f"{path}: {explain(error)}") from None
