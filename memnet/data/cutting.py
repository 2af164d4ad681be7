"""Targets that were cut to a multiple of something before they were degraded."""

from collections.abc import Sequence

STEPS = (4, 6, 8, 12, 16, 24, 32, 48, 64)
"""To multiples of these, packs in circulation are cut (`GTmod12` for scales 2, 3 and 4)."""

Size = tuple[int, int]
"""Height and width."""


def cut_to(size: Size, step: int) -> Size:
    """A size cut to multiples of `step`."""
    height, width = size
    return height - height % step, width - width % step


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
    if all(result == cut_to(target, scale) for result, target in sizes):
        return None
    for step in STEPS:
        if step % scale == 0 and all(got == cut_to(target, step) for got, target in sizes):
            return step
    return None
