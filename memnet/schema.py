"""What every section of a YAML file of this project shares."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

TaskName = Literal["super_resolution", "denoising", "jpeg_deblocking"]


class Section(BaseModel):
    """A frozen record without type coercion, in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
