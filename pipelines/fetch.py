"""Stage fetch: one dataset, complete and verified."""

import os
import shutil
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetch
from memnet.files import atomic_folder
from memnet.progress import progress
from pipelines import Out, Text, stage


@stage
def main(dataset: Text, out: Out) -> None:
    """Fetch a dataset of the catalogue; what is interrupted goes on from there."""
    catalog = load_catalog()
    entry = catalog[dataset]
    print(f"{entry.id}: {entry.title}; licence: {entry.licence}")
    staging = Path(".scratch/fetch") / entry.id
    with progress(f"fetch {entry.id}") as show:
        fetch(entry.id, staging, catalog, os.environ.get("MEMNET_MIRROR"), show)
    with atomic_folder(out) as part:
        for file in catalog.files(entry.id):
            shutil.copyfile(staging / file.name, part / file.name)
    shutil.rmtree(staging)


if __name__ == "__main__":
    raise SystemExit(main())
