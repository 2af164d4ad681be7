"""Files of a run: model card, configuration, curves, scores of every image, crops."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from memnet.results.rows import rows_csv
from memnet.results.run_record import RunRecord
from memnet.tracking.tracked import TrackedEvaluation, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

_TABLE = ["dataset", "level", "image", "seed", "psnr", "ssim", "seconds"]


def log_method_files(client: "MlflowClient", run_id: str, record: TrackedRun) -> None:
    """Log what belongs to a method: the UI lays tables and crops of chosen runs side by side."""
    from PIL import Image

    if record.record is not None:
        client.log_dict(run_id, _public(record.record), "run.json")
        client.log_dict(run_id, record.config, "config.yaml")
    if record.history is not None:
        client.log_artifact(run_id, str(record.history))
    if record.rows is not None:
        client.log_text(run_id, rows_csv(record.rows), "rows.csv")
        table = record.rows[_TABLE].astype({"dataset": object, "image": object})  # as it wants text
        client.log_table(run_id, table, "rows.json")
    for evaluation in record.evaluations:
        for name, path in evaluation.crops.items():
            with Image.open(path) as crop:
                client.log_image(run_id, crop, key=f"{evaluation.dataset}/{name}")


def _public(record: RunRecord) -> dict[str, Any]:
    """A record in which of a path the last name alone is left: its place names its user."""
    paths = {"folder": record.folder, "released": record.released}
    names = {key: path and f".../{Path(path).name}" for key, path in paths.items()}
    return record.model_dump(mode="json") | names


def log_evaluation_files(
    client: "MlflowClient", run_id: str, evaluation: TrackedEvaluation
) -> None:
    """Log the scores of every image of a benchmark, and the crops as they are."""
    client.log_text(run_id, rows_csv(evaluation.rows), "rows.csv")
    for name, path in evaluation.crops.items():
        with path.open("rb") as stream:
            client.log_stream(run_id, stream, f"crops/{name}.png")
