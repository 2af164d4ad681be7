"""Options that commands share: the task, and how strongly its images are degraded."""

from typing import Annotated

import typer

from memnet.errors import InputError

TaskOption = Annotated[
    str | None,
    typer.Option(
        help="super_resolution (or sr), denoising or jpeg_deblocking (or jpeg); follows from "
        "--scale, --sigma or --quality.",
        metavar="TASK",
    ),
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


def task_and_level(
    task: str | None, *, scale: int | None, sigma: int | None, quality: int | None
) -> tuple[str, int | None]:
    """The task, and its level from the one option that belongs to it; None if that is missing."""
    from memnet.tasks import TASKS, task_named

    given = {"scale": scale, "sigma": sigma, "quality": quality}
    given = {name: value for name, value in given.items() if value is not None}
    if task is None:
        if len(given) != 1:
            got = " and ".join(f"--{name}" for name in given) or "none"
            raise InputError(
                "--task, or one of --scale (super_resolution), --sigma (denoising) and --quality "
                f"(jpeg_deblocking), must be given, got {got}"
            )
        task = next(name for name, known in TASKS.items() if known.level_name in given)
    task, wanted = task_named(task).name, task_named(task).level_name
    for name in given:
        if name != wanted:
            raise InputError(f"--{name} has no meaning for {task}: give --{wanted}")
    return task, given.get(wanted)


def task_at_level(
    task: str | None, *, scale: int | None, sigma: int | None, quality: int | None
) -> tuple[str, int]:
    """The task and its level, which must be given."""
    from memnet.tasks import task_named

    task, level = task_and_level(task, scale=scale, sigma=sigma, quality=quality)
    if level is None:
        raise InputError(
            f"{task} needs --{task_named(task).level_name}: how strongly its images are degraded"
        )
    return task, level
