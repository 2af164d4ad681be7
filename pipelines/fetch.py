"""Stage `fetch`: one dataset, complete and verified, at datasets/raw/<dataset>."""

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetch
from memnet.files import atomic_folder
from memnet.progress import progress
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Fetch `--dataset` into `.scratch/`, kept if interrupted, then put it at `--out`."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.fetch", description=__doc__)
    parser.add_argument("--dataset", required=True, help="id in datasets/registry.yaml")
    parser.add_argument("--out", required=True, type=Path, help="folder to write")
    arguments = parser.parse_args(argv)

    catalog = load_catalog()
    dataset = catalog[arguments.dataset]
    print(f"{dataset.id}: {dataset.title}; licence: {dataset.licence}")
    staging = Path(".scratch/fetch") / dataset.id
    mirror = os.environ.get("MEMNET_MIRROR") or None
    with progress(f"fetch {dataset.id}") as show:
        fetch(dataset.id, staging, catalog, mirror, show)
    with atomic_folder(arguments.out) as part:
        for file in catalog.files(dataset.id):
            shutil.copyfile(staging / file.name, part / file.name)
    shutil.rmtree(staging)


if __name__ == "__main__":
    raise SystemExit(main())
