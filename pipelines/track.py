"""Stage `track`: make MLflow, and the tables of DVC, show what the files under results/ say."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.files import atomic_folder, atomic_path, write_json
from memnet.params import load_params
from memnet.results.rows import rows_csv
from memnet.tracking import tracking_uri, upsert
from memnet.tracking.collect import collect_records, summarise_records
from memnet.tracking.dvc_files import curves, finite, metric_files
from memnet.tracking.tracked import TrackedRun
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Upsert one run per method of the grid, and write what stands in them as files."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.track", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="list of the runs, JSON")
    parser.add_argument("--metrics", type=Path, required=True, help="folder of metrics, JSON")
    parser.add_argument("--curves", type=Path, required=True, help="curves of all trainings, CSV")
    arguments = parser.parse_args(argv)

    params = load_params()
    records = collect_records(params)
    for record, outcome in upsert(records, params.profile, params.budget, tracking_uri()):
        print(f"{outcome}  {record.key}  {record.task:16}  {record.method}")
    write_files(records, arguments.metrics, arguments.curves)
    # no times and no run ids of MLflow: the report runs again exactly when a result has changed
    labels = (record.label for record in records)
    summary = summarise_records(records).to_dict("records")
    write_json(
        arguments.out,
        {
            "runs": sorted(labels, key=lambda run: (run["task"], run["method"])),
            "summary": [{key: finite(row[key]) for key in row} for row in summary],
        },
    )


def write_files(records: list[TrackedRun], metrics: Path, table: Path) -> None:
    """Write the files that `dvc metrics` and `dvc plots` read."""
    with atomic_folder(metrics) as folder:
        for path, content in metric_files(summarise_records(records)).items():
            write_json(folder / path, content)
    with atomic_path(table) as part:
        part.write_text(rows_csv(curves(records)), encoding="utf-8", newline="")


if __name__ == "__main__":
    raise SystemExit(main())
