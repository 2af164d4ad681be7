"""A training set as one file that travels: its planes alone, degraded anew where it is read."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from numpy.typing import NDArray

from memnet.data.pairs import INDEX, ImagePairs, PairFolder, Pairs, degraded_versions
from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.tasks import task_named

MAX_BYTES = 2**28  # of one plane: more than a camera gives, and no bomb


def write_pack(path: str | Path, folder: PairFolder) -> None:
    """Write the planes of a pairs folder as one NumPy archive (.npz), atomically.

    The degraded planes would be many times as large; only their hashes are kept. InputError if a
    file of the folder is missing, damaged, or not what its degrade stage makes now.
    """
    hashes = {}
    with atomic_path(path) as part, ZipFile(part, "w", ZIP_DEFLATED) as archive:
        for image in folder.images:
            pairs = folder.load(image)
            hashes[image] = pairs.sha256()
            if _degraded(folder, pairs.plane, folder.folder).sha256() != hashes[image]:
                raise InputError(
                    f"{folder.folder} holds another {image} than degrading makes here: run its "
                    "degrade stage again"
                )
            with archive.open(f"{image}.npy", "w") as stream:
                np.lib.format.write_array(stream, pairs.plane, allow_pickle=False)
        with archive.open(INDEX, "w") as stream:
            stream.write(json.dumps({"pairs": folder.index, "sha256": hashes}).encode())


class PackedPairs(Pairs):
    """The pairs in a file of `write_pack`; their hash is that of the folder they came from.

    InputError if the file is damaged or is not a pack, or if degrading gives other planes here.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with self._archive() as archive:
            index = json.loads(_read(archive, INDEX))
            super().__init__(self.path, index["pairs"])
            self._sha256: dict[str, str] = {image: index["sha256"][image] for image in self.images}

    def load(self, image: str) -> ImagePairs:
        """All pairs of one image, degraded now."""
        with self._archive() as archive:
            data = io.BytesIO(_read(archive, f"{image}.npy"))
            plane = np.lib.format.read_array(data, allow_pickle=False)
            if plane.dtype != np.uint8 or plane.ndim != 2:
                raise ValueError(f"{image} is {plane.shape} {plane.dtype}, no plane")
        pairs = _degraded(self, plane, self.path)
        if pairs.sha256() != self._sha256[image]:
            raise InputError(
                f"{self.path}: {image} becomes another when degraded here than where it was "
                "packed: take the versions of numpy, scipy and opencv of there, or the pairs folder"
            )
        return pairs

    def image_sha256(self, image: str) -> str:
        """Hash over the planes of one image, which `load` holds them to."""
        return self._sha256[image]

    @contextmanager
    def _archive(self) -> Iterator[ZipFile]:
        try:
            with ZipFile(self.path) as archive:
                yield archive
        except InputError:
            raise
        except Exception as error:  # zipfile and NumPy raise a dozen kinds for damaged bytes
            reason = " ".join(str(error).split()) or type(error).__name__
            raise InputError(
                f"{self.path} is no whole pack of a training set ({reason}): make it again with "
                "`memnet pack`"
            ) from None


def open_pairs(path: str | Path) -> Pairs:
    """Pairs of a folder, or of a pack of one."""
    return PackedPairs(path) if Path(path).is_file() else PairFolder(path)


def _degraded(pairs: Pairs, plane: NDArray[np.uint8], place: Path) -> ImagePairs:
    task = task_named(pairs.task)
    return ImagePairs(place, degraded_versions(task, plane, pairs.levels, pairs.seeds))


def _read(archive: ZipFile, name: str) -> bytes:
    """Bytes of a member; zipfile reads no more of them than the size that it is checked by."""
    size = archive.getinfo(name).file_size
    if size > MAX_BYTES:
        raise ValueError(f"{name} would be {size} bytes")
    return archive.read(name)
