"""Stage report: results from MLflow, cross-checked with the files, as pages and summary.csv."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from memnet.errors import InputError
from memnet.files import atomic_folder, copy_file
from memnet.params import load_params
from memnet.results.reader import ResultFiles
from memnet.tracking import read_results, tracking_uri
from pipelines import entry
from reports.gather import gather
from reports.render import render_report

PARAMS = Path("params.yaml")


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Write the report of the grid of params.yaml; a result whose file is gone is "not run"."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pages")
    parser.add_argument("--summary", type=Path, required=True, help="CSV of every table's cells")
    args = parser.parse_args(argv)
    params = load_params(PARAMS)
    files = ResultFiles(Path("results"))
    config = PARAMS.read_text(encoding="utf-8")
    report = gather(params, config, files, read_results(params, tracking_uri()))
    for gone in report.missing:
        print(f"missing: {gone.path}: not run: {gone.what}", file=sys.stderr)
    try:
        with atomic_folder(args.out) as folder:
            render_report(report, folder)
    except ValueError as error:  # tables: of params.yaml names a column that the paper lacks
        raise InputError(f"{PARAMS}: {error}") from error
    copy_file(args.out / "summary.csv", args.summary)
    print(f"report: {args.out / 'index.html'}")


if __name__ == "__main__":
    raise SystemExit(main())
