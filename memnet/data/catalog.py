"""The catalogue of datasets: those that come with the package, and those of the working folder."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, Strict, ValidationError, model_validator

from memnet.errors import InputError
from memnet.schema import Section, explain, read_yaml

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
BUILT_IN = Path(__file__).parents[1] / "datasets/registry.yaml"
OWN = Path("datasets/own/registry.yaml")
"""Those that `memnet dataset add` wrote in this folder."""
# What a composite may say of itself; all else follows from its parts.
COMPOSITE_KEYS = ("title", "role", "notes", "parts", "resize")


class Source(Section):
    """One place that holds a dataset's files: a package, the local mirror, a folder or a URL."""

    package: Text | None = None
    path: Text | None = None
    mirror: Text | None = None
    folder: Text | None = None
    url: Text | None = None
    rename: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.package, self.mirror, self.folder, self.url)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("must have exactly one of package, mirror, folder and url")
        if (self.package is None) != (self.path is None):
            raise ValueError("must have path with package, and only with package")
        return self


class Dataset(Section):
    """What a dataset is. A composite's licence, citation and count are those of its parts."""

    id: Text
    title: Text
    role: Literal["train", "test", "both", "weights"]
    count: Count
    licence: Text
    citation: Text
    notes: str = ""
    sources: Annotated[tuple[Source, ...], Strict(False)] = ()
    # The base datasets that it consists of; a base dataset names itself.
    parts: Annotated[tuple[str, ...], Strict(False)] = Field(min_length=1)
    resize: Annotated[float, Field(gt=0, lt=1)] | None = None  # factor, applied to images first


class File(Section):
    """One file of a base dataset; `pixels` is `imaging.io.pixel_sha256`, None for weights."""

    dataset: Text
    name: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    bytes: Count
    sha256: Sha256
    pixels: Sha256 | None

    @property
    def image(self) -> str:
        """Name of the image in rows and tables: the file's name without its suffix."""
        return Path(self.name).stem


@dataclass(frozen=True)
class Catalog:
    """All datasets by id, in the order in which they were read, and the file of each."""

    datasets: dict[str, Dataset]
    registries: dict[str, Path]

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.datasets.values())

    def __getitem__(self, dataset: str) -> Dataset:
        if dataset not in self.datasets:
            near = difflib.get_close_matches(dataset, self.datasets, n=3)
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            known = ", ".join(self.datasets)
            raise InputError(f"dataset must be one of {known}, got {dataset!r}{hint}")
        return self.datasets[dataset]

    def files(self, dataset: str) -> list[File]:
        """Files of a dataset: those of its parts, in the order of the parts.

        InputError if the id is unknown, if a hash file is missing, is malformed or does not have
        `count` lines, or if two parts share an image name.
        """
        entry = self[dataset]
        files: list[File] = []
        for part in entry.parts:
            found = _read_hashes(self.hashes(part), part)
            if len(found) != self[part].count:
                raise InputError(
                    f"{self.registries[part]}: {part}.count must be the number of lines in "
                    f"hashes/{part}.txt, {len(found)}, got {self[part].count}"
                )
            files += found
        seen: dict[str, str] = {}
        for file in files:
            if file.image in seen:
                raise InputError(
                    f"{self.registries[dataset]}: the images of {dataset} must have different "
                    f"names, got {file.image!r} in both {seen[file.image]} and {file.dataset}; "
                    "take one of them out of its parts"
                )
            seen[file.image] = file.dataset
        return files

    def hashes(self, part: str) -> Path:
        """File with the hashes of a base dataset: `hashes/<id>.txt` beside its registry."""
        return self.registries[part].parent / "hashes" / f"{part}.txt"

    def overlap(self, train: str, test: str) -> list[str]:
        """Names of images in `test` that `train` also has, pixel for pixel; crops are not found."""
        known = {file.pixels for file in self.files(train)} - {None}
        return [file.image for file in self.files(test) if file.pixels in known]

    def require_disjoint(self, train: str, test: str) -> None:
        """Raise InputError if the sets share an image: no score may come from training images."""
        shared = self.overlap(train, test)
        if shared:
            raise InputError(
                f"training set {train} and test set {test} must share no image, "
                f"got {len(shared)} in both ({', '.join(shared[:3])}{' ...' * (len(shared) > 3)}); "
                "train on another set, or do not score on this one"
            )


def load_catalog(built_in: Path | None = None, own: Path = OWN) -> Catalog:
    """Read and check the registry of the package, and that of the working folder if it has one.

    The hash files beside them are read when they are needed.

    Raises
    ------
    InputError : `built_in` is missing; a registry is not YAML; a key is unknown, missing or of a
        wrong type; both have the same id
    """
    paths = [built_in or BUILT_IN, *([own] if own.exists() else [])]
    datasets: dict[str, Dataset] = {}
    registries: dict[str, Path] = {}
    for path in paths:
        raw = read_yaml(path)
        if not isinstance(raw, dict) or not all(isinstance(entry, dict) for entry in raw.values()):
            raise InputError(f"{path}: each dataset must be a mapping from its id to its fields")
        for key in raw:
            if key in registries:
                raise InputError(
                    f"{path}: {key} is in {registries[key]} too: give yours another name"
                )
        registries |= dict.fromkeys(raw, path)
        read = dict(datasets)
        for key in sorted(raw, key=lambda key: "parts" in raw[key]):  # base datasets first
            fields = _composite(path, key, raw[key], read) if "parts" in raw[key] else raw[key]
            read[key] = _dataset(path, str(key), {"parts": [key], **fields})
        datasets |= {key: read[key] for key in raw}
    return Catalog(datasets, registries)


def _composite(
    path: Path, key: str, raw: dict[str, Any], bases: dict[str, Dataset]
) -> dict[str, Any]:
    """Fields of a composite with those of its parts filled in."""
    extra = [name for name in raw if name not in COMPOSITE_KEYS]
    if extra:
        raise InputError(
            f"{path}: {key}.{extra[0]} must be one of {', '.join(COMPOSITE_KEYS)} "
            f"for a dataset made of parts, got {extra[0]!r}"
        )
    names = raw["parts"] if isinstance(raw["parts"], list) else [raw["parts"]]
    allowed = [name for name, base in bases.items() if base.sources]
    for name in names:
        if name not in allowed:
            raise InputError(
                f"{path}: {key}.parts must name datasets with sources "
                f"({', '.join(allowed)}), got {name!r}"
            )
    parts = [bases[name] for name in names]
    return {
        "count": sum(part.count for part in parts),
        "licence": " / ".join(dict.fromkeys(part.licence for part in parts)),
        "citation": " / ".join(dict.fromkeys(part.citation for part in parts)),
        **raw,
    }


def _dataset(path: Path, key: str, fields: dict[str, Any]) -> Dataset:
    """A checked entry; InputError if a field is wrong, with the file and the dotted key."""
    try:
        entry = Dataset.model_validate({"id": key, **fields})
    except ValidationError as error:
        told = explain(error)
        fields_of = Source if told.startswith("sources.") else Dataset
        keys = ", ".join(name for name in fields_of.model_fields if name != "id")
        told = told.replace("check its spelling", f"it must be one of {keys}")
        raise InputError(f"{path}: {key}.{told}") from error
    if "id" in fields:
        raise InputError(f"{path}: {key}.id must be left out, the key above it is the id")
    if entry.parts == (key,) and not entry.sources:
        raise InputError(f"{path}: {key} must have sources or parts, got neither")
    return entry


def _read_hashes(path: Path, dataset: str) -> list[File]:
    """Files listed as `sha256  pixels-sha256  bytes  name`, `-` for no pixels."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path} must list the hashes of {dataset}, got no such file") from error
    files = []
    for number, line in enumerate(lines, start=1):
        try:
            sha256, pixels, size, name = line.split(maxsplit=3)
            pixel_hash = None if pixels == "-" else pixels
            files.append(
                File(dataset=dataset, name=name, bytes=int(size), sha256=sha256, pixels=pixel_hash)
            )
        except ValueError as error:  # pydantic's own error is one as well
            raise InputError(
                f"{path}, line {number} must be 'sha256  pixels-sha256  bytes  name', got {line!r}"
            ) from error
    return files
