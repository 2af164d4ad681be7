"""Stage `track`: make MLflow show what the files under results/ say."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memnet.files import write_json
from memnet.params import load_params
from memnet.records import collect_records, summarise_records
from memnet.tracking import tracking_uri, upsert
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Upsert one run per training and per evaluation of the grid, and list them in a file."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.track", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="list of the runs, JSON")
    arguments = parser.parse_args(argv)

    params = load_params()
    records = collect_records(params)
    for record, outcome in upsert(records, params.profile, params.budget, tracking_uri()):
        print(f"{outcome}  {record.key}  {record.kind:10}  {record.task:16}  {record.method}")
    # no times and no run ids of MLflow: the report runs again exactly when a result has changed
    labels = (record.label for record in records)
    summary = summarise_records(records).to_dict("records")
    write_json(
        arguments.out,
        {
            "runs": sorted(labels, key=lambda run: (run["task"], run["method"], run["kind"])),
            "summary": [{key: _plain(row[key]) for key in row} for row in summary],
        },
    )


def _plain(value: Any) -> Any:
    """JSON has neither NaN nor infinity: null for the first, "inf" for the second."""
    if value != value:
        return None
    return "inf" if value == float("inf") else value


if __name__ == "__main__":
    raise SystemExit(main())
