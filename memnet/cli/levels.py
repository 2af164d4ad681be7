"""Options that commands share: the task, and how strongly its images are degraded."""

from typing import Annotated

import typer

from memnet.errors import InputError

TaskOption = Annotated[
    str, typer.Option(help="super_resolution, denoising or jpeg_deblocking.", metavar="TASK")
]
Scale = Annotated[int | None, typer.Option(help="Scale factor of super_resolution, 2 to 8.")]
Sigma = Annotated[int | None, typer.Option(help="Noise of denoising, in grey levels: 1 to 255.")]
Quality = Annotated[int | None, typer.Option(help="IJG quality of jpeg_deblocking, 1 to 100.")]
Seed = Annotated[int, typer.Option(help="Seed of the noise.", min=0, max=2**32 - 1)]
Layout = Annotated[
    str | None,
    typer.Option(
        help="Which network a .pth or .safetensors file is of: memnet, vdsr, drcn or dncnn (as "
        "published), one of params.yaml, or a released one."
    ),
]

LEVEL_NAMES = {"super_resolution": "scale", "denoising": "sigma", "jpeg_deblocking": "quality"}


def given_level(
    task: str, *, scale: int | None, sigma: int | None, quality: int | None
) -> int | None:
    """The level of a task from the one option that belongs to it; None where it was not given."""
    if task not in LEVEL_NAMES:
        raise InputError(f"--task must be one of {', '.join(LEVEL_NAMES)}, got {task!r}")
    given = {"scale": scale, "sigma": sigma, "quality": quality}
    wanted = LEVEL_NAMES[task]
    for name, value in given.items():
        if name != wanted and value is not None:
            raise InputError(f"--{name} has no meaning for {task}: give --{wanted}")
    return given[wanted]


def chosen_level(task: str, *, scale: int | None, sigma: int | None, quality: int | None) -> int:
    """The level of a task, which must be given."""
    level = given_level(task, scale=scale, sigma=sigma, quality=quality)
    if level is None:
        raise InputError(
            f"{task} needs --{LEVEL_NAMES[task]}: how strongly its images are degraded"
        )
    return level
