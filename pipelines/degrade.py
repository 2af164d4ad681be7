"""Stage degrade: the images of a benchmark or a training set as degraded pairs."""

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from memnet.data.catalog import load_catalog
from memnet.data.pairs import write_pairs
from memnet.data.planes import dataset_planes
from memnet.errors import InputError
from memnet.files import atomic_folder
from memnet.imaging.jpeg import jpeg_codec
from memnet.params import load_params
from memnet.progress import progress
from memnet.tasks import task_named
from pipelines import Option, Out, Raw, stage


@stage
def main(
    name: Annotated[str, Option("--set", help="A key of benchmarks or of training_sets.")],
    raw: Raw,
    out: Out,
) -> None:
    """Degrade one set of params.yaml."""
    params = load_params()
    settings = params.benchmarks.get(name) or params.training_sets.get(name)
    if settings is None:
        known = ", ".join([*params.benchmarks, *params.training_sets])
        raise InputError(f"--set must be one of {known}, got {name}")
    task = task_named(settings.task)
    catalog = load_catalog()
    number = len(catalog.files(settings.dataset))

    def planes() -> Iterator[tuple[str, NDArray[np.uint8]]]:
        with progress(f"degrade {name}") as show:
            found = dataset_planes(catalog, settings.dataset, raw, task)
            for done, (image, plane) in enumerate(found, start=1):
                yield image, plane
                show(done, number, image)

    # A network that learns to denoise is given fresh noise at every step.
    seeds = getattr(settings, "seeds", [] if task.random else [0])
    with atomic_folder(out) as folder:
        write_pairs(
            folder, task, planes(), dataset=settings.dataset, levels=settings.levels, seeds=seeds,
            codec=jpeg_codec() if task.name == "jpeg_deblocking" else None,
        )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
