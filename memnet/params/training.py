"""Sections of params.yaml about how a network is trained."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from memnet.models.config import MemNetConfig, TrainableConfig
from memnet.params.fields import Count, DegradedDataset, Names, Positive, Seed
from memnet.schema import Section, TaskName


class TrainingSet(DegradedDataset):
    """The images, levels and held-out images that a network learns one task from."""

    validation: Names


class Recipe(Section):
    """How a network is trained, apart from its learning rate and budget.

    Schedule "step" divides the learning rate by 10 every `step_epochs`; "cosine" lets it fall to 0
    over the budget after a linear warm-up over the part `warmup` of it.
    """

    # "sgd" with momentum 0.9, as in Caffe; "muon" for the inner kernels, with AdamW for the rest.
    optimizer: Literal["sgd", "adamw", "muon"]
    schedule: Literal["step", "cosine"]
    step_epochs: Positive | None = None
    warmup: Annotated[float, Field(ge=0, lt=1)] | None = None
    # Gradient norm times learning rate (official solver: 0.01, so that the threshold is 0.01 / lr);
    # null: no clipping.
    clip: Positive | None = None
    weight_decay: Annotated[float, Field(ge=0)]  # on every parameter, as in Caffe
    bias_lr_scale: Positive  # factor of the learning rate of convolution biases
    batch_size: Count
    patch_size: Annotated[int, Field(ge=8)]
    stride: Count  # patches are cut at every multiple of it
    # Share of the past in the running statistics (Caffe: 0.999, bias-corrected).
    bn_average: Annotated[float, Field(ge=0, lt=1)]
    # Recursions that a MemNet has at first, and then, each for an equal part of the budget: [1, 2]
    # is one, two, then all. What is not below its own number is left out. null: all at once.
    growth: Annotated[list[Count], Field(min_length=1)] | None = None
    # What computes a step, and in which precision: "auto" is what is fastest where it is trained,
    # and a record says what that was. See training.engine.
    engine: Literal["auto", "plain", "compiled"] = "plain"
    precision: Literal["auto", "float32", "tf32", "bfloat16"] = "float32"

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> "Recipe":
        if (self.step_epochs is None) != (self.schedule == "cosine"):
            raise ValueError("step_epochs must be given for schedule step, and null for cosine")
        if (self.warmup is None) != (self.schedule == "step"):
            raise ValueError("warmup must be given for schedule cosine, and null for step")
        if self.growth and self.growth != sorted(set(self.growth)):
            raise ValueError(f"growth must rise from number to number, got {self.growth}")
        return self


class Budget(Section):
    """How long a training lasts, in one of these units."""

    steps: Count | None = None  # of the optimiser
    epochs: Positive | None = None
    minutes: Positive | None = None
    operations: Positive | None = None  # forward and backward; see training.cost

    @model_validator(mode="after")
    def _exactly_one(self) -> "Budget":
        if sum(value is not None for _, value in self) != 1:
            raise ValueError("must name one of steps, epochs, minutes and operations")
        return self

    def share(self, *, step: int, seconds: float, steps_per_epoch: int, operations: float) -> float:
        """Share of the budget that `step` steps have spent, in so many seconds and operations."""
        if self.minutes is not None:
            return seconds / (60 * self.minutes)
        if self.epochs is not None:
            return step / (self.epochs * steps_per_epoch)
        if self.operations is not None:
            return operations / self.operations
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

    @property
    def sizes(self) -> list[TrainableConfig]:
        """The network in each equal part of the budget; the last one is whole."""
        network = self.network
        if not isinstance(network, MemNetConfig):
            return [network]
        full = network.num_recursions
        counts = [*(n for n in self.recipe.growth or () if n < full), full]
        return [network.model_copy(update={"num_recursions": n}) for n in counts]

    def network_at(self, progress: float) -> TrainableConfig:
        """The network when a share `progress` of the budget is spent."""
        return self.sizes[min(int(progress * len(self.sizes)), len(self.sizes) - 1)]
