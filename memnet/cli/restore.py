"""`memnet restore`: a user's own photos, restored by a network."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.faults import Faults
from memnet.cli.levels import (
    Layout,
    Quality,
    Scale,
    Sigma,
    TaskOption,
    task_and_level,
    task_at_level,
)
from memnet.cli.photos import goal_paths, photo_paths
from memnet.errors import InputError
from memnet.inference.tiling import DEFAULT_TILE

if TYPE_CHECKING:
    from memnet.imaging.photo import Photo, PhotoSize


def restore(
    images: Annotated[
        list[Path],
        typer.Argument(
            help="Photos, folders of photos (not their subfolders) or quoted patterns.",
            metavar="IMAGE...",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            help="A file like out.png for one photo, or a folder: PNG files of the same names.",
        ),
    ] = Path("restored"),
    task: TaskOption = None,
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    method: Annotated[
        str | None,
        typer.Option(help="A network or a file of weights; by default the best one that is here."),
    ] = None,
    network: Layout = None,
    tile: Annotated[
        int,
        typer.Option(
            help="Pixels a side restored at once; fewer need less memory; 0 is the whole photo.",
            min=0,
        ),
    ] = DEFAULT_TILE,
    max_pixels: Annotated[
        int,
        typer.Option(
            help="Pixels that a photo may have. A larger one is refused: it could fill the memory.",
            min=1,
        ),
    ] = 89_478_485,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Restore again what is there already.")
    ] = False,
) -> None:
    """Restore photos: remove noise or JPEG artefacts, or enlarge.

    The network restores the luminance, as in the paper. Colours are enlarged by bicubic
    interpolation, or stay as they are. Alpha, ICC profile, date, camera and dpi are kept,
    and photos come out upright. Photos have 8 bits a channel; palette images come out as RGB or
    RGBA, 1-bit ones as grey. Floating-point planes (.npy or .tiff, 1.0 is white) are written as
    such again.

    --scale, --sigma or --quality says what to do and how strongly. With --task alone the level is
    read from a JPEG, or the noise is estimated; without anything JPEG files are deblocked. A photo
    unlike those that the network was trained for is refused; give a trained level to restore it
    anyway. What cannot be restored is named, the rest is restored, and the exit code is 1.
    A result that is already there is kept, so that an interrupted run goes on; --overwrite replaces
    it, but never a photo that is to be restored.

    Example: memnet restore photos/ --scale 2 -o larger
    """
    from memnet.imaging.photo import read_photo
    from memnet.inference.photo import restore_photo
    from memnet.methods import networks
    from memnet.methods.levels import Training, level_of_photo
    from memnet.seeding import choose_device, make_deterministic
    from memnet.tasks import task_named
    from memnet.tasks.task import require_level

    photos, unread = photo_paths(images)
    if task is None and (scale, sigma, quality) == (None, None, None) and _are_jpeg(photos):
        task = "jpeg_deblocking"
    task, given = task_and_level(task, scale=scale, sigma=sigma, quality=quality)
    if task == "super_resolution":
        task, given = task_at_level(task, scale=scale, sigma=sigma, quality=quality)
    if given is not None:
        require_level(task_named(task), given)
    target = choose_device(device)
    faults = Faults("restored", alone=len(photos) + len(unread) == 1)
    faults.tell(unread)
    jobs = _jobs(photos, out, scale or 1, max_pixels, faults)
    kept = [] if overwrite else _kept(jobs, scale or 1, max_pixels, faults)
    jobs = [job for job in jobs if overwrite or not job[1].exists()]
    if kept:
        named = str(kept[0]) if len(kept) == 1 else f"{len(kept)} files in {out}"
        typer.echo(f"{named}: already there and kept; --overwrite restores again")
    if kept and not jobs:
        faults.finish()
        return
    make_deterministic(seed=0)
    found = networks.find_network(method, task, network)
    training = Training(found.name, task, found.levels(task))
    if given is not None:
        training.require(given)
        if (note := training.note(given)) is not None:
            typer.echo(note)

    def restored(path: Path, report: Callable[[int, int], None]) -> "Photo":
        photo = read_photo(path, max_pixels)
        level, remark = level_of_photo(path, photo, training, given, max_pixels)
        if remark is not None:
            typer.echo(remark)
        return restore_photo(
            photo, found.network, task=task, level=level, device=target, tile=tile, report=report
        )

    done = _write_each(jobs, restored, faults)
    where = done[0] if len(jobs) == 1 and done else out
    typer.echo(f"{len(done)} restored by {found.name}: {where}")
    faults.finish()


def _are_jpeg(photos: Sequence[Path]) -> bool:
    """Whether all photos are JPEG files, by their names."""
    from memnet.imaging.photo import JPEG_SUFFIXES

    return bool(photos) and all(photo.suffix.lower() in JPEG_SUFFIXES for photo in photos)


def _jobs(
    paths: Sequence[Path], out: Path, scale: int, max_pixels: int, faults: Faults
) -> list[tuple[Path, Path, int]]:
    """Each photo, its goal and its pixels; one that cannot be read or written is reported."""
    from memnet.imaging.photo import photo_size, require_storable

    sizes: dict[Path, PhotoSize] = {}
    for path in paths:
        with faults.told(path):
            sizes[path] = photo_size(path, max_pixels)
    floats = {path for path, size in sizes.items() if size.has_floats}
    jobs = []
    for goal, (path, size) in zip(goal_paths(list(sizes), out, floats), sizes.items(), strict=True):
        enlarged = size._replace(height=size.height * scale, width=size.width * scale)
        with faults.told(path):
            require_storable(goal, enlarged)
            jobs.append((path, goal, size.height * size.width))
    return jobs


def _kept(
    jobs: Sequence[tuple[Path, Path, int]], scale: int, max_pixels: int, faults: Faults
) -> list[Path]:
    """Goals that are there already; one whose size is not that of the result is reported."""
    from memnet.imaging.photo import photo_size

    kept = []
    for path, goal, pixels in jobs:
        if goal.exists():
            with faults.told(path):
                size = photo_size(goal, max_pixels * scale**2)
                if size.height * size.width != pixels * scale**2:
                    raise InputError(
                        f"{goal} is there already and is no result of this command: give another "
                        "--out, or --overwrite"
                    )
                kept.append(goal)
    return kept


def _write_each(
    jobs: list[tuple[Path, Path, int]],
    restored: "Callable[[Path, Callable[[int, int], None]], Photo]",
    faults: Faults,
) -> list[Path]:
    """Files that were written; a photo that cannot be restored is reported."""
    from memnet.imaging.photo import write_photo
    from memnet.progress import progress

    if jobs:
        jobs[0][1].parent.mkdir(parents=True, exist_ok=True)  # to fail now, not after the work
    pixels = [size for *_, size in jobs]
    done = []
    with progress("restore") as show:
        for index, (path, goal, _) in enumerate(jobs):
            note = f"{path.name} ({index + 1} of {len(jobs)})"
            with faults.told(path):
                write_photo(goal, restored(path, _overall(show, pixels, index, note)))
                done.append(goal)
    return done


def _overall(
    show: Callable[[float, float, str], None], pixels: Sequence[int], index: int, note: str
) -> Callable[[int, int], None]:
    """Progress of one photo as that of all, in which each counts by its pixels."""
    before, total = sum(pixels[:index]), sum(pixels)
    return lambda done, tiles: show(before + pixels[index] * done / tiles, total, note)
