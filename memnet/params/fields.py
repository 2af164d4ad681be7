"""What fields of params.yaml share: numbers in a range, names, levels of a task."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from memnet.schema import LEVEL_LIMITS, Section, TaskName

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # what NumPy's generator takes
# Keys become names of files and arguments of commands.
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Text = Annotated[str, Field(min_length=1)]


def _no_repeats(values: list[Any]) -> list[Any]:
    repeated = [value for value in dict.fromkeys(values) if values.count(value) > 1]
    if repeated:
        raise ValueError(f"must not name anything twice, got {repeated[0]!r} again")
    return values


Keys = Annotated[list[Key], AfterValidator(_no_repeats)]
Names = Annotated[list[str], AfterValidator(_no_repeats)]
Levels = Annotated[list[int], Field(min_length=1), AfterValidator(_no_repeats)]
Seeds = Annotated[list[Seed], Field(min_length=1), AfterValidator(_no_repeats)]


def require_levels(task: TaskName, levels: list[int]) -> None:
    """Raise ValueError unless every level is one that the task has."""
    lowest, highest = LEVEL_LIMITS[task]
    for level in levels:
        if not lowest <= level <= highest:
            raise ValueError(f"levels of {task} must be in [{lowest}, {highest}], got {level}")


class DegradedDataset(Section):
    """The images of a dataset, degraded for one task at some of its levels."""

    task: TaskName
    dataset: str
    levels: Levels

    @model_validator(mode="after")
    def _levels_exist(self) -> "DegradedDataset":
        require_levels(self.task, self.levels)
        return self
