"""Stage survey: what a dataset looks like, for the page that shows the data."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.data.survey import survey
from memnet.files import atomic_folder, write_json
from memnet.imaging.io import write_png
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Describe one fetched dataset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, help="id in datasets/registry.yaml")
    parser.add_argument("--raw", type=Path, required=True, help="folder of the fetched files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    args = parser.parse_args(argv)
    about, sheet = survey(load_catalog(), args.dataset, args.raw)
    with atomic_folder(args.out) as folder:
        write_json(folder / "survey.json", about)
        if sheet is not None:
            write_png(folder / "sheet.png", sheet)


if __name__ == "__main__":
    raise SystemExit(main())
