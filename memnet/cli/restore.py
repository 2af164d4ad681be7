"""`memnet restore`: a user's own photos, restored by a network."""

import glob
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from memnet.cli.levels import Quality, Scale, Sigma, TaskOption, chosen_level
from memnet.errors import InputError
from memnet.inference.context import DEFAULT_TILE


def restore(
    images: Annotated[
        list[Path],
        typer.Argument(
            help="Photos, folders of photos (not their subfolders) or quoted patterns.",
            metavar="IMAGE...",
        ),
    ],
    task: TaskOption,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="A file like out.png for one photo, or a folder for PNG files of the same names.",
        ),
    ],
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    method: Annotated[
        str | None, typer.Option(help="A network; by default the best one that is here.")
    ] = None,
    tile: Annotated[
        int,
        typer.Option(
            help="Pixels a side restored at once; fewer need less memory, 0 is the whole photo.",
            min=0,
        ),
    ] = DEFAULT_TILE,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Restore photos: remove noise or JPEG artefacts, or enlarge.

    Of a colour photo the luminance is restored, as in the paper; its colours are enlarged by
    bicubic interpolation, or stay as they are. Alpha, ICC profile and upright orientation are
    kept. Photos have 8 bits a channel; palette images come out as RGB or RGBA, 1-bit ones as grey.
    A file that is already there is replaced, but never a photo that is to be restored.
    """
    from memnet.imaging.photo import read_photo, write_photo
    from memnet.inference.photo import restore_photo
    from memnet.methods import networks
    from memnet.progress import progress
    from memnet.seeding import choose_device, make_deterministic
    from memnet.tasks import task_named
    from memnet.tasks.task import require_level

    level = chosen_level(task, scale=scale, sigma=sigma, quality=quality)
    require_level(task_named(task), level)
    paths = photo_paths(images)
    goals = goal_paths(paths, out)
    pixels = _num_pixels(paths, goals, scale or 1)
    target = choose_device(device)
    make_deterministic(seed=0)
    found = networks.find_network(method, task)
    goals[0].parent.mkdir(parents=True, exist_ok=True)  # to fail now, not after the work
    with progress("restore") as show:
        for index, (path, goal) in enumerate(zip(paths, goals, strict=True)):
            note = f"{path.name} ({index + 1} of {len(paths)})"
            restored = restore_photo(
                read_photo(path), found.network,
                task=task, level=level, device=target, tile=tile,
                report=_overall(show, pixels, index, note),
            )  # fmt: skip
            write_photo(goal, restored)
            del restored  # the next photo needs the room
    typer.echo(f"{len(paths)} restored by {found.name}: {goals[0] if len(goals) == 1 else out}")


def photo_paths(images: Sequence[Path]) -> list[Path]:
    """Files that arguments stand for, each once: files, those of folders, matches of patterns.

    Raises
    ------
    InputError : an argument is none of these, or a folder or pattern has no image
    """
    return list(dict.fromkeys(path for image in images for path in _expanded(image)))


def _expanded(image: Path) -> list[Path]:
    from memnet.imaging.listing import image_files, images_among

    if image.is_dir():
        return image_files(image)
    if not image.exists() and glob.has_magic(str(image)):
        matches = glob.glob(str(image))  # noqa: PTH207  (may be absolute)
        return images_among(map(Path, matches), image)
    return [image]


def goal_paths(paths: Sequence[Path], out: Path) -> list[Path]:
    """Where each photo goes: `out` itself, or a PNG file of its name in the folder `out`.

    Raises
    ------
    InputError : two photos would become one file, one would overwrite a photo that is to be
        restored, or `out` is a file where a folder is needed
    """
    from memnet.imaging.io import SUFFIXES

    is_image = out.suffix.lower() in SUFFIXES and not out.is_dir()
    if is_image and len(paths) > 1:
        raise InputError(f"--out must be a folder for {len(paths)} photos, got the file {out}")
    if not is_image and out.exists() and not out.is_dir():
        raise InputError(f"--out must be a folder or an image file, got {out}, which is neither")
    goals = [out] if is_image else [out / f"{path.stem}.png" for path in paths]
    inputs = {_identity(path) for path in paths if path.exists()}
    sources: dict[str, Path] = {}
    for path, goal in zip(paths, goals, strict=True):
        other = sources.setdefault(goal.name.casefold(), path)  # one file on some systems
        if other != path:
            raise InputError(
                f"photos must have different names, got {other} and {path}, which would both "
                f"become {goal}: restore them into two folders"
            )
        if goal.exists() and _identity(goal) in inputs:
            raise InputError(
                f"{goal} must not be overwritten, it is a photo to be restored: give another --out"
            )
    return goals


def _identity(path: Path) -> tuple[int, int]:
    """What two names of one file have in common."""
    stat = path.stat()
    return stat.st_dev, stat.st_ino


def _num_pixels(paths: Sequence[Path], goals: Sequence[Path], scale: int) -> list[int]:
    """Pixels of each photo; all are looked at before the first is restored.

    Raises
    ------
    InputError : one cannot be read, or its goal cannot hold it
    """
    from memnet.imaging.photo import photo_size, require_storable

    sizes = [photo_size(path) for path in paths]
    for size, goal in zip(sizes, goals, strict=True):
        require_storable(goal, size._replace(height=size.height * scale, width=size.width * scale))
    return [size.height * size.width for size in sizes]


def _overall(
    show: Callable[[float, float, str], None], pixels: Sequence[int], index: int, note: str
) -> Callable[[int, int], None]:
    """Progress of one photo as that of all, in which each counts by its pixels."""
    before, total = sum(pixels[:index]), sum(pixels)
    return lambda done, tiles: show(before + pixels[index] * done / tiles, total, note)
