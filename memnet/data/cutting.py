"""Targets that were cut to a multiple of something before they were degraded."""

from collections.abc import Sequence

LARGEST = 64
"""Pixels; to multiples of 2 to 12, and of 16 to 64, packs in circulation are cut."""

Size = tuple[int, int]
"""Height and width."""


def cut_to(size: Size, step: int) -> Size:
    """A size cut to multiples of `step`."""
    height, width = size
    return height - height % step, width - width % step


def cut_note(step: int) -> str:
    """What is to be said of targets that were cut to multiples of `step`."""
    return (
        f"The targets were cut to multiples of {step}, as the results are: these are not the "
        "images of the paper's tables."
    )


def cut_of(sizes: Sequence[tuple[Size, Size]], scale: int) -> int | None:
    """The step that all targets were cut to, as the sizes of the results say.

    Parameters
    ----------
    sizes : of each result and of its target, as it is scored under the protocol or uncut
    scale : what the step must be a multiple of; 1 but in super-resolution

    Returns
    -------
    The least step, or None where the results have the protocol's sizes, or no step explains them
    """
    for step in range(scale, LARGEST + 1, scale):
        if all(result == cut_to(target, step) for result, target in sizes):
            return None if step == scale else step
    return None
