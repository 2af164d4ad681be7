"""Datasets onto the disk: each file from the first source that has it, each byte checked."""

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from memnet.data.catalog import Catalog, File, Source
from memnet.errors import InputError
from memnet.files import atomic_path, sha256_of
from memnet.imaging.io import pixel_sha256
from memnet.progress import progress

RETRIES = 2
TIMEOUT_SECONDS = 30
PIPELINE = Path("datasets/raw")  # where the pipeline keeps its datasets
SCRATCH = Path(".scratch/raw")  # where a command keeps those that the pipeline has not fetched
ADD_AGAIN = "put it back, or take the dataset out of the catalogue and add it again"


class SourceError(Exception):
    """A source could not give a file; the next one is tried."""


def fetch(
    dataset: str,
    folder: str | Path,
    catalog: Catalog,
    mirror: str | Path | None = None,
    report: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> None:
    """Put every file of a dataset into a folder, complete and verified.

    A file that already has the right hash is kept, so that an interrupted fetch resumes where it
    stopped. Files that do not belong to the dataset are left alone; `verify` reports them.

    Parameters
    ----------
    dataset : id in the catalogue; the parts of a composite land in the same folder
    folder : made when missing
    mirror : folder with local copies, laid out as the catalogue's `mirror` sources say
    report : called after each file with the files done, the files in all and the file's name

    Raises
    ------
    InputError : a copy has a wrong byte, no source has a file, or `mirror` is no folder
    """
    folder, mirror = Path(folder), Path(mirror) if mirror else None
    if mirror is not None and not mirror.is_dir():
        raise InputError(f"MEMNET_MIRROR must be an existing folder, got {mirror}")
    files = catalog.files(dataset)
    folder.mkdir(parents=True, exist_ok=True)
    for done, file in enumerate(files, start=1):
        if _fault(file, folder / file.name) is not None:
            _fetch_file(file, folder / file.name, catalog[file.dataset].sources, mirror)
        report(done, len(files), file.name)


def fetched_folder(dataset: str, catalog: Catalog) -> Path:
    """Folder with the verified files of a dataset: the pipeline's, or one that is filled now.

    Shows its progress. MEMNET_MIRROR=<folder> names a local copy that is tried before the network.
    InputError if the dataset is unknown or cannot be fetched.
    """
    with progress(f"fetch {dataset}") as show:
        kept = PIPELINE / catalog[dataset].id
        if kept.is_dir() and not verify(kept, dataset, catalog):
            return kept
        fetch(dataset, SCRATCH / dataset, catalog, os.environ.get("MEMNET_MIRROR"), show)
        return SCRATCH / dataset


def verify(folder: str | Path, dataset: str, catalog: Catalog) -> list[str]:
    """A sentence for each file that is missing, wrong or extra; none if the dataset is complete."""
    folder = Path(folder)
    files = catalog.files(dataset)
    faults = {folder / file.name: _fault(file, folder / file.name) for file in files}
    told = [f"{path} {fault}; fetch {dataset} again" for path, fault in faults.items() if fault]
    extra = sorted(set(folder.iterdir()) - faults.keys()) if folder.is_dir() else []
    return told + [f"{path} does not belong to {dataset}; remove it" for path in extra]


def _fault(file: File, path: Path) -> str | None:
    """What is wrong with a copy of a file, said of its path; None if nothing is."""
    if not path.is_file():
        return "is missing"
    if (size := path.stat().st_size) != file.bytes:
        return f"must have {file.bytes} bytes, got {size}"
    if (got := sha256_of(path)) != file.sha256:
        return f"must have sha256 {file.sha256}, got {got}"
    if file.pixels is not None and (got := pixel_sha256(path)) != file.pixels:
        return (
            f"must decode to pixels of sha256 {file.pixels}, got {got} from the right bytes "
            "(another Pillow than in requirements.lock)"
        )
    return None


def _fetch_file(file: File, goal: Path, sources: tuple[Source, ...], mirror: Path | None) -> None:
    """Move a verified copy of a file from the first source that has it to `goal`."""
    failures = []
    for source in sources:
        try:
            with atomic_path(goal) as part:
                origin = _get(file, source, mirror, part)
                # A wrong byte is news: it is told, and no other source is tried in silence.
                if fault := _fault(file, part):
                    raise InputError(f"{origin} {fault}; {_remedy(source)}")
            return
        except SourceError as failure:
            failures.append(str(failure))
    raise InputError(
        f"{file.name} of {file.dataset} could not be had from any source: {'; '.join(failures)}; "
        + _way_out(sources)
    )


def _way_out(sources: tuple[Source, ...]) -> str:
    """What a user does when no source has a file."""
    folders = [f"{source.mirror}/" for source in sources if source.mirror is not None]
    if folders:
        return (
            f"set MEMNET_MIRROR=<folder> to a folder that holds {' or '.join(folders)}, "
            "or connect to the network"
        )
    if any(source.folder is not None for source in sources):
        return ADD_AGAIN
    return 'pip install "memnet[pipeline]" at the versions of requirements.lock'


def _get(file: File, source: Source, mirror: Path | None, part: Path) -> str:
    """Write a file's bytes, as the source has them, to `part` and return where they came from."""
    name = source.rename.get(file.name, file.name)
    if source.url is not None:
        url = f"{source.url}/{name}"
        _download(url, file.sha256, part)
        return url
    if source.mirror is not None:
        if mirror is None:
            raise SourceError("no local mirror (MEMNET_MIRROR is not set)")
        copy = mirror / source.mirror / name
        missing = f"no {copy} in the mirror"
    elif source.folder is not None:
        copy = Path(source.folder) / name
        missing = f"no {copy}"
    else:
        spec = importlib.util.find_spec(str(source.package))
        if spec is None or not spec.submodule_search_locations:
            raise SourceError(f"package {source.package} is not installed")
        copy = Path(spec.submodule_search_locations[0]) / str(source.path) / name
        missing = f"no {source.path}/{name} in package {source.package}"
    if not copy.is_file():
        raise SourceError(missing)
    try:
        shutil.copyfile(copy, part)
    except OSError as error:
        raise InputError(f"{copy} must be readable, got {error.strerror}") from error
    return str(copy)


def _remedy(source: Source) -> str:
    """What a user does about a source whose bytes are wrong."""
    if source.package is not None:
        return "install the versions of requirements.lock"
    if source.folder is not None:
        return ADD_AGAIN
    return "replace it, or remove it so that the next source is tried"


def _download(url: str, sha256: str, part: Path) -> None:
    """Download a URL to `part`, with retries; pooch lets only the right hash through."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it reports every file otherwise
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT_SECONDS, chunk_size=1 << 16)
    shelf = pooch.create(
        part.parent,
        base_url="",
        registry={part.name: f"sha256:{sha256}"},
        urls={part.name: url},
        retry_if_failed=RETRIES,
    )
    try:
        shelf.fetch(part.name, downloader=downloader)
    except requests.HTTPError as error:
        raise SourceError(f"{url} answered {error.response.status_code}") from error
    except requests.Timeout as error:
        raise SourceError(f"{url} did not answer in {TIMEOUT_SECONDS} s") from error
    except requests.ConnectionError as error:
        raise SourceError(f"no connection to {url}") from error
    except requests.RequestException as error:
        raise SourceError(f"{url} failed ({type(error).__name__})") from error
    except ValueError as error:
        raise SourceError(f"{url} gave other bytes than the catalogue's sha256") from error
