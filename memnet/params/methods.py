"""Section of params.yaml about methods of others."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from memnet.params.fields import Levels, Text, require_levels
from memnet.schema import Section, TaskName


class _Method(Section):
    tasks: Annotated[dict[TaskName, Levels], Field(min_length=1)]  # and what levels it can restore

    @model_validator(mode="after")
    def _levels_exist(self) -> "_Method":
        for task, levels in self.tasks.items():
            require_levels(task, levels)
        return self


class ImagesMethod(_Method):
    """Images that were restored elsewhere.

    `folder` holds them as `<dataset>/<level>/<image>.png`, a level being `x3` or `q10`, or
    `s30/seed0` where noise is drawn.
    """

    kind: Literal["images"]
    folder: Text


class CallableMethod(_Method):
    """A Python function `module:name` that restores one luminance plane.

    `parallel` runs it in one process for each processor, one image at a time.
    """

    kind: Literal["callable"]
    callable: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")]
    parallel: bool


class CaffemodelMethod(_Method):
    """An official MemNet, from the `.caffemodel` file of its authors."""

    kind: Literal["caffemodel"]
    file: Text


MethodConfig = Annotated[
    ImagesMethod | CallableMethod | CaffemodelMethod, Field(discriminator="kind")
]
