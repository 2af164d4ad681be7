"""`memnet degrade`: images, degraded as the paper does it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memnet.cli.faults import Faults
from memnet.cli.levels import Quality, Scale, Seed, Sigma, TaskOption, task_at_level
from memnet.cli.photos import require_kept
from memnet.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memnet.tasks.task import Task


def degrade(
    images: Annotated[
        str, typer.Argument(help="An 8-bit grey or RGB image, a folder of them, or a dataset's id.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File to write; a folder for more than one image.")
    ],
    task: TaskOption = None,
    scale: Scale = None,
    sigma: Sigma = None,
    quality: Quality = None,
    seed: Seed = 0,
    low_resolution: Annotated[
        bool, typer.Option("--low-resolution", help="Write the shrunken image, not enlarged again.")
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="png (8 bits), npy or tiff (floats in units of 255 = 1, neither rounded nor "
            "clipped). By default as the suffix of a file says, png for a folder.",
        ),
    ] = None,
) -> None:
    """Degrade the luminance of images as the paper does, and score what is written.

    A PNG holds 8 bits: what the protocol neither rounds nor clips, as the noise of denoising, is
    rounded and clipped there. npy and tiff keep it as it is.

    Example: memnet degrade set5 --scale 3 -o bicubic
    """
    import numpy as np

    from memnet.imaging.metrics import psnr_b
    from memnet.tasks import task_named
    from memnet.tasks.protocols import low_resolution as shrunken
    from memnet.tasks.task import to_unit

    task, level = task_at_level(task, scale=scale, sigma=sigma, quality=quality)
    protocol = task_named(task)
    if low_resolution and task != "super_resolution":
        raise InputError(f"--low-resolution has no meaning for {task}")
    if seed and not protocol.random:
        raise InputError(f"--seed has no meaning for {task}, which draws no noise")
    single = Path(images).is_file()
    suffix = _suffix(format_, out if single else None)
    faults = Faults("degraded", alone=single)
    if Path(images).exists():
        planes = _planes_of_files(Path(images), out, suffix, protocol, faults)
    else:
        planes = _planes_of_dataset(images, protocol)
    scores, blocky, num_clipped = [], [], 0
    for name, plane in planes:
        pair = protocol.degrade(plane, level, seed=seed)
        unit = to_unit(pair.degraded)
        goal = out if single else out / f"{name}{suffix}"
        shown = shrunken(pair.target, level).astype(np.float32) if low_resolution else unit
        written = _write(goal, shown)
        scores.append(protocol.score(unit if low_resolution else written, pair.target, level))
        num_clipped += bool(((unit < 0) | (unit > 1)).any()) and suffix == PNG
        if task == "jpeg_deblocking":
            blocky.append(psnr_b(pair.degraded, pair.target, data_range=255))
    if scores:
        psnr, ssim = np.mean(scores, axis=0)
        number = "" if single else f" (mean of {len(scores)} images)"
        extra = f", PSNR-B {np.mean(blocky):.2f} dB" if blocky else ""
        typer.echo(protocol.sentence)
        if num_clipped and task == "denoising":
            typer.echo(
                "The files hold 8 bits: their noise was clipped and rounded, which the protocol "
                "does not do; the score is that of the files. --format npy or tiff keeps it."
            )
        typer.echo(f"PSNR {psnr:.2f} dB, SSIM {ssim:.4f}{extra}{number}: {out}")
    faults.finish()


PNG = ".png"
SUFFIXES = {"png": PNG, "npy": ".npy", "tiff": ".tiff"}


def _suffix(format_: str | None, file: Path | None) -> str:
    """The suffix that files get: of the format, or else of the one file that is written."""
    if format_ is not None and format_ not in SUFFIXES:
        raise InputError(f"--format must be one of {', '.join(SUFFIXES)}, got {format_!r}")
    if file is None:
        return SUFFIXES[format_ or "png"]
    given = {".tif": ".tiff"}.get(file.suffix.lower(), file.suffix.lower())
    if given not in SUFFIXES.values() or (format_ and SUFFIXES[format_] != given):
        wanted = SUFFIXES[format_] if format_ else f"{PNG}, .npy or .tiff"
        raise InputError(f"--out must be a {wanted} file for one image, got {file}")
    return given


def _write(goal: Path, unit: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Write a plane in units of 255 = 1, and return it as the file holds it."""
    from memnet.imaging.io import write_png
    from memnet.imaging.rounding import to_uint8
    from memnet.imaging.unrounded import write_plane
    from memnet.tasks.task import to_unit

    if goal.suffix.lower() != PNG:
        write_plane(goal, unit)
        return unit
    rounded = to_uint8(unit * 255.0)
    write_png(goal, rounded)
    return to_unit(rounded)


def _planes_of_files(
    path: Path, out: Path, suffix: str, task: "Task", faults: Faults
) -> Iterator[tuple[str, "NDArray[np.uint8]"]]:
    """Name and plane of an image, or of each of a folder; one that cannot be read is told."""
    from memnet.data.planes import MIN_SIDE
    from memnet.imaging.io import read_image
    from memnet.imaging.listing import image_files, unread_among

    files = image_files(path)
    sources: dict[str, Path] = {}
    for file in files:
        other = sources.setdefault(file.stem, file)
        if other != file:
            raise InputError(
                f"{path} must hold one image of each name, got {other.name} and {file.name}"
            )
    single = path.is_file()
    goals = [out] if single else [out / f"{name}{suffix}" for name in sources]
    require_kept(files, goals, "an image to be degraded")
    if not single:
        faults.tell(unread_among(path.iterdir()))
    for file in files:
        with faults.told(file):
            yield file.stem, task.plane(read_image(file, min_side=MIN_SIDE))


def _planes_of_dataset(name: str, task: "Task") -> Iterator[tuple[str, "NDArray[np.uint8]"]]:
    from memnet.data.catalog import load_catalog
    from memnet.data.fetch import fetched_folder
    from memnet.data.planes import dataset_planes

    catalog = load_catalog()
    if name not in catalog.datasets:
        raise InputError(f"{name} must be an image, a folder or a dataset, got none of them")
    yield from dataset_planes(catalog, name, fetched_folder(name, catalog), task)
