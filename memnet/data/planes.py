"""The planes of a dataset: what a task works on, before it is degraded."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memnet.data.catalog import Catalog
from memnet.imaging.io import read_image
from memnet.imaging.resize import imresize
from memnet.tasks.task import Task

MIN_SIDE = 32  # pixels; less leaves no room for a border and a window of SSIM


def dataset_planes(
    catalog: Catalog, dataset: str, folder: Path, task: Task
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Name and plane (H, W) uint8 of each image of a dataset, in the order of the catalogue.

    `folder` holds the fetched files. InputError if one is missing or is not an 8-bit grey or RGB
    image of at least 32x32 pixels.
    """
    resize = catalog[dataset].resize
    for file in catalog.files(dataset):
        image = read_image(folder / file.name, min_side=MIN_SIDE, remedy="fetch it again")
        if resize is not None:
            image = imresize(image, resize, border="symmetric")
        yield file.image, task.plane(image)
