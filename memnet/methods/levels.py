"""What a network was trained for, and whether a photo is like that."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from memnet.errors import InputError
from memnet.imaging.photo import Photo
from memnet.inference.estimation import jpeg_quality, noise_sigma
from memnet.tasks import task_named

ESTIMATE_IS_OFF_BY = 0.25  # at most, of the noise in photos that were clipped to 8 bits


class Training(NamedTuple):
    """The levels of a task that a network was trained for."""

    method: str
    task: str
    levels: Sequence[int] | None  # ascending; None if not recorded

    @property
    def words(self) -> str:
        """As in "memnet-small-jpeg was trained for quality 10 and 20"."""
        name = task_named(self.task).level_name
        if self.levels is None:
            return f"it is not recorded what {name} {self.method} was trained for"
        if len(self.levels) > 3 and self.levels[-1] - self.levels[0] == len(self.levels) - 1:
            which = f"{self.levels[0]} to {self.levels[-1]}"
        else:
            *most, last = map(str, sorted(self.levels))
            which = f"{', '.join(most)} and {last}" if most else last
        return f"{self.method} was trained for {name} {which}"

    def covers(self, level: float, tolerance: float = 0.0) -> bool:
        """Whether a level lies between the lowest and the highest, or nothing is recorded."""
        if self.levels is None:
            return True
        lowest, highest = min(self.levels) * (1 - tolerance), max(self.levels) * (1 + tolerance)
        return lowest <= level <= highest

    def require(self, level: int) -> None:
        """Raise InputError unless a level that a user asks for is covered."""
        if not self.covers(level):
            remedy = "leave it as it is" if self.task != "super_resolution" else "take such a scale"
            raise InputError(
                f"{self.words}, not for {level}, and can make such a photo worse: {remedy}, or "
                "take another --method"
            )

    def note(self, level: int) -> str | None:
        """What to say of a level that it was not trained for, if it was not."""
        if self.levels is not None and level in self.levels:
            return None
        return f"{self.words}{'' if self.levels is None else f', not for {level}'}."

    def nearest(self, level: float) -> int:
        """The level to restore with: the nearest one trained, or that itself, rounded."""
        if self.levels is None:
            return max(1, round(level))
        return min(self.levels, key=lambda known: abs(known - level))


def level_of_photo(
    path: Path, photo: Photo, training: Training, given: int | None, max_pixels: int | None = None
) -> tuple[int, str | None]:
    """The level to restore a photo with, and a sentence on the level that was found, if any.

    A JPEG file says its quality, and noise is estimated. The level found counts if the user gave
    none; if it contradicts the one given, that is only mentioned. InputError if none is given, and
    none is found or the network was not trained for the one found.
    """
    found: float | None = None
    tolerance = 0.0
    if training.task == "jpeg_deblocking":
        found = jpeg_quality(path, max_pixels)
        what = f"{path.name} is a JPEG of quality {found}"
    elif training.task == "denoising":
        found, tolerance = noise_sigma(photo), ESTIMATE_IS_OFF_BY
        what = f"{path.name} has noise of sigma {found:.0f}, by an estimate"
        if found < 1 and given is None:
            raise InputError(f"no noise is found in {path}: there is nothing to remove")
    name = task_named(training.task).level_name
    if found is None:
        if given is None:
            raise InputError(f"{path} is no JPEG, so that its {name} is not known: give --{name}")
        return given, None
    fits = training.covers(found, tolerance)
    if given is not None:
        return given, None if fits else f"{what}, but {training.words}: it may come out worse"
    if not fits:
        raise InputError(
            f"{what}, but {training.words}: it may come out worse; to restore it anyway, give "
            f"--{name} {training.nearest(found)}"
        )
    return training.nearest(found), what
