"""Images that the pages show, as plain data: PNG bytes, and what they are crops of."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Crop:
    """One image: `TARGET` or a method, 8-bit grey PNG, PSNR of the whole image (target: None)."""

    label: str
    png: bytes
    psnr: float | None


@dataclass(frozen=True)
class Comparison:
    """The same crop of one image as target, degraded input and restored by each method."""

    benchmark: str
    task: str
    dataset: str
    level: int
    image: str
    crops: tuple[Crop, ...]


@dataclass(frozen=True)
class Extreme:
    """The image on which a method gains least ("worst") or most ("best") over its input.

    `crops` are the target, the degraded input and the restored image where that errs most: a
    window of `height` times `width` pixels whose corner is `top`, `left`. With noise, all of it is
    one draw.
    """

    kind: Literal["worst", "best"]
    method: str
    task: str
    dataset: str
    level: int
    image: str
    top: int
    left: int
    height: int
    width: int
    crops: tuple[Crop, ...]
