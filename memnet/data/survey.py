"""What a dataset looks like: sizes, thumbnails, and a hash by which a scene is known again.

Files and pixels that are equal are found by their SHA-256; the hash here survives what that one
does not: another format, another size, compression.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from memnet.data.catalog import Catalog
from memnet.imaging.io import read_image

HASH_SIDE = 16  # so that a hash has 256 bits; unrelated images differ in about half of them
# Fewer differing bits are taken for the same scene. Among the images of the paper the nearest pair
# that is none has 44, the same photograph shrunk has 17.
SCENE_BITS = 30
THUMBNAIL = 72  # pixels a side
SHEET_COLUMNS = 10
SHEET_IMAGES = 20  # on a sheet; larger sets show some, evenly spaced


def difference_hash(image: NDArray[np.uint8]) -> int:
    """Perceptual hash of 256 bits: is each cell of a 16x16 grid darker than its right neighbour?"""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA)
    bits = cells[:, :-1] < cells[:, 1:]
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle square of an image, RGB, `THUMBNAIL` pixels a side."""
    colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    side = min(colour.shape[:2])
    top, left = ((length - side) // 2 for length in colour.shape[:2])
    square = colour[top : top + side, left : left + side]
    small = cv2.resize(square, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def contact_sheet(thumbnails: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Thumbnails in rows of `SHEET_COLUMNS`, RGB; what is left of the last row is white."""
    columns = min(SHEET_COLUMNS, len(thumbnails))
    rows = -(-len(thumbnails) // columns)
    sheet = np.full((rows * THUMBNAIL, columns * THUMBNAIL, 3), 255, dtype=np.uint8)
    for index, tile in enumerate(thumbnails):
        y, x = (THUMBNAIL * place for place in divmod(index, columns))
        sheet[y : y + THUMBNAIL, x : x + THUMBNAIL] = tile
    return sheet


def survey(
    catalog: Catalog, dataset: str, folder: Path
) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
    """Description of a fetched dataset, and its contact sheet; None for a set of weights.

    InputError if a file is missing or is not an image that this project reads.
    """
    entry, files = catalog[dataset], catalog.files(dataset)
    sources = [source for part in entry.parts for source in catalog[part].sources]
    places = [s.model_dump(exclude={"rename", "path"}, exclude_none=True) for s in sources]
    about: dict[str, Any] = {
        "dataset": dataset, "title": entry.title, "role": entry.role, "count": len(files),
        "licence": entry.licence, "citation": entry.citation, "notes": entry.notes,
        "resize": entry.resize, "parts": list(entry.parts),
        "sources": [f"{kind}: {name}" for place in places for kind, name in place.items()],
        "scene_bits": SCENE_BITS, "bytes": sum(file.bytes for file in files),
        "files": {file.name: file.sha256 for file in files},
    }  # fmt: skip
    if entry.role == "weights":
        return {**about, "images": {}}, None
    images: dict[str, dict[str, Any]] = {}
    count = min(SHEET_IMAGES, len(files))
    shown = {place * len(files) // count for place in range(count)}
    tiles = []
    for index, file in enumerate(files):
        image = read_image(folder / file.name, min_side=1, remedy="fetch it again")
        height, width = image.shape[:2]
        images[file.image] = {
            "height": height, "width": width, "hash": f"{difference_hash(image):064x}"
        }  # fmt: skip
        if index in shown:
            tiles.append(thumbnail(image))
    return {**about, "images": images}, contact_sheet(tiles)
