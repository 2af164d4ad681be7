"""The three tasks of the paper, by name."""

from memnet.errors import InputError
from memnet.tasks.protocols import Denoising, JpegDeblocking, SuperResolution
from memnet.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task for task in (SuperResolution(), Denoising(), JpegDeblocking())
}


def task_named(name: str) -> Task:
    """The task of that name; InputError if there is none."""
    if name not in TASKS:
        raise InputError(f"task must be one of {', '.join(TASKS)}, got {name!r}")
    return TASKS[name]
