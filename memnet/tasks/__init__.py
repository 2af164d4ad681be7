"""The three tasks of the paper, by name."""

from memnet.errors import InputError
from memnet.tasks.protocols import Denoising, JpegDeblocking, SuperResolution
from memnet.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task for task in (SuperResolution(), Denoising(), JpegDeblocking())
}


SHORT = {"sr": "super_resolution", "jpeg": "jpeg_deblocking"}


def task_named(name: str) -> Task:
    """The task of that name, perhaps in `SHORT`; InputError if there is none."""
    full = SHORT.get(name, name)
    if full not in TASKS:
        short = {full: f" (or {name})" for name, full in SHORT.items()}
        known = ", ".join(f"{full}{short.get(full, '')}" for full in TASKS)
        raise InputError(f"task must be one of {known}, got {name!r}")
    return TASKS[full]
