"""Stage `track`: make MLflow, and the tables of DVC, show what the files under results/ say."""

from pathlib import Path
from typing import Annotated

from memnet.files import atomic_folder, finite, write_json, write_text
from memnet.params import load_params
from memnet.results.rows import rows_csv
from memnet.tracking import tracking_uri, upsert
from memnet.tracking.collect import collect_records, summarise_records
from memnet.tracking.dvc_files import all_curves, metric_files
from pipelines import Option, stage


@stage
def main(
    out: Annotated[Path, Option(help="List of the runs to write, JSON.")],
    metrics: Annotated[Path, Option(help="Folder of metrics to write, JSON.")],
    curves: Annotated[Path, Option(help="Curves of all trainings to write, CSV.")],
) -> None:
    """Upsert one run per method of the grid, and write what stands in them as files."""
    params = load_params()
    records = collect_records(params)
    for record, outcome in upsert(records, params.profile, params.budget, tracking_uri()):
        print(f"{outcome}  {record.key}  {record.task:16}  {record.method}")
    cells = summarise_records(records)
    with atomic_folder(metrics) as folder:  # which `dvc metrics` reads
        for path, content in metric_files(cells).items():
            write_json(folder / path, content)
    write_text(curves, rows_csv(all_curves(records)))
    # no times and no run ids of MLflow: the report runs again exactly when a result has changed
    runs = [
        {"task": record.task, "method": record.method, "run_key": record.key}
        for record in sorted(records, key=lambda record: (record.task, record.method))
    ]
    summary = [{key: finite(row[key]) for key in row} for row in cells.to_dict("records")]
    write_json(out, {"runs": runs, "summary": summary})


if __name__ == "__main__":
    raise SystemExit(main())
