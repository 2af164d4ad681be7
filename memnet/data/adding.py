"""A folder of images as a dataset of the working folder's own, and out of it again."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from memnet.data.catalog import OWN, Catalog, Dataset, load_catalog
from memnet.data.planes import MIN_SIDE
from memnet.errors import InputError
from memnet.files import atomic_path, sha256_of, write_text
from memnet.imaging.io import pixel_sha256, read_image
from memnet.imaging.listing import image_files, unread_among
from memnet.schema import yaml_text

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")  # it becomes the name of files and folders
ROLES = ("train", "test", "both")


def add_dataset(
    name: str,
    folder: Path,
    catalog: Catalog,
    *,
    role: str,
    title: str,
    licence: str,
    citation: str,
    progress: Callable[[int, int, str], None],
) -> Dataset:
    """Hash the images of a folder and enter them in `OWN`; the images stay where they are.

    Parameters
    ----------
    name : id of the new dataset
    folder : its images; files of other kinds are left alone
    role : "train", "test" or "both"
    title, licence, citation : what the catalogue says of it
    progress : called with images done, images in all and the name of the one at hand

    Raises
    ------
    InputError : the name is taken or no id, a text is empty or of several lines, the folder holds
        no image, two images of one name, or one that is not 8-bit grey or RGB of at least 32x32
        pixels; nothing is written then
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"a dataset's name must be small letters, digits, - and _, beginning with a letter or "
            f"digit, got {name!r}"
        )
    if name in catalog.datasets:
        raise InputError(f"{name} is in {catalog.registries[name]} already: take another name")
    if role not in ROLES:
        raise InputError(f"the role of a dataset must be one of {', '.join(ROLES)}, got {role!r}")
    place = str(folder.resolve())
    texts = {"title": title, "licence": licence, "citation": citation, "folder": place}
    for key, text in texts.items():
        if not _is_plain(text):
            raise InputError(f"the {key} of a dataset must be plain text, got {text!r}")
    lines = _hashed(folder, progress)
    entry = {
        "title": title, "role": role, "count": len(lines), "licence": licence,
        "citation": citation, "sources": [{"folder": place}],
    }  # fmt: skip
    before = OWN.read_bytes() if OWN.exists() else b""
    gap = b"\n" * (2 - before.endswith(b"\n") - before.endswith(b"\n\n")) if before else b""
    hashes = OWN.parent / "hashes" / f"{name}.txt"
    write_text(hashes, "".join(lines))  # first: an entry without hashes would be a fault
    try:
        _replace(before + gap + yaml_text({name: entry}).encode())
    except InputError:
        hashes.unlink()
        raise
    return load_catalog()[name]


def remove_dataset(name: str, catalog: Catalog) -> None:
    """Take a dataset out of `OWN`, with its hashes; its images stay where they are.

    InputError if it is not in `OWN`, or if another one there consists of it.
    """
    if catalog.registries[catalog[name].id] != OWN:
        raise InputError(f"{name} comes with the package and cannot be removed")
    users = [other.id for other in catalog if name in other.parts and other.id != name]
    if users:
        raise InputError(f"{name} must stay, it is a part of {', '.join(users)}: remove that first")
    entries = YAML()  # which keeps comments and order
    entries.width, entries.preserve_quotes = 4096, True
    raw = entries.load(OWN)
    del raw[name]
    stream = StringIO()
    if raw:
        entries.dump(raw, stream)
    _replace(stream.getvalue().encode())
    catalog.hashes(name).unlink(missing_ok=True)


def _replace(text: bytes) -> None:
    """Write `OWN` if the catalogue loads with it, or delete it where nothing is left."""
    if not text.strip():
        OWN.unlink()
        return
    with atomic_path(OWN) as part:
        part.write_bytes(text)
        try:
            load_catalog(own=part)
        except InputError as error:
            raise InputError(str(error).replace(str(part), str(OWN))) from None


def _is_plain(text: str) -> bool:
    return text.isprintable() and text != "" and text == text.strip()


def _hashed(folder: Path, progress: Callable[[int, int, str], None]) -> list[str]:
    """A line for each image of a folder, as the catalogue's files of hashes hold it."""
    if not folder.is_dir():
        raise InputError(f"{folder} must be a folder of images")
    unread = unread_among(folder.iterdir())
    if unread:
        raise InputError(f"{'; '.join(unread.values())}; or move what is not read out of {folder}")
    paths = image_files(folder)
    seen: dict[str, Path] = {}
    lines = []
    for done, path in enumerate(paths, start=1):
        if path.stem in seen:
            raise InputError(
                f"the images of {folder} must have different names, got {seen[path.stem].name} "
                f"and {path.name}"
            )
        if not _is_plain(path.name) or "\\" in path.name:
            raise InputError(f"an image's name must be plain text, got {path.name!r}: rename it")
        seen[path.stem] = path
        read_image(path, min_side=MIN_SIDE)
        hashes = f"{sha256_of(path)}  {pixel_sha256(path)}"
        lines.append(f"{hashes}  {path.stat().st_size}  {path.name}\n")
        progress(done, len(paths), path.name)
    return lines
