"""Stage report: results from MLflow, cross-checked with the files, as pages and summary.csv."""

import sys
from pathlib import Path
from typing import Annotated

from memnet.files import atomic_folder, copy_file
from memnet.params import load_params
from memnet.results.reader import ResultFiles
from memnet.tracking import read_results, tracking_uri
from pipelines import Option, Out, stage
from reports.pages.gather import gather
from reports.pages.render import render_report

PARAMS = Path("params.yaml")


@stage
def main(
    out: Out, summary: Annotated[Path, Option(help="CSV of every table's cells to write.")]
) -> None:
    """Write the report of the grid of params.yaml; a result whose file is gone is "not run"."""
    params = load_params(PARAMS)
    files = ResultFiles(Path("results"))
    config = PARAMS.read_text(encoding="utf-8")
    report = gather(params, config, files, read_results(params, tracking_uri()))
    for gone in report.missing:
        print(f"missing: {gone.path}: not run: {gone.what}", file=sys.stderr)
    with atomic_folder(out) as folder:
        render_report(report, folder)
    copy_file(out / "summary.csv", summary)
    print(f"report: {out / 'index.html'}")


if __name__ == "__main__":
    raise SystemExit(main())
