"""Records of runs: what the files under results/ say about each method and its evaluations."""

from memnet.records.collect import (
    collect_records,
    grid_cells,
    offered_part,
    summarise_records,
)
from memnet.records.evaluation import read_scores, score_files
from memnet.records.files import METRIC_COLUMNS, curves, metric_files
from memnet.records.record import (
    CURVES,
    RESULT_COLUMNS,
    EvaluationRecord,
    Point,
    RunRecord,
    metric_name,
)

__all__ = [
    "CURVES",
    "METRIC_COLUMNS",
    "RESULT_COLUMNS",
    "EvaluationRecord",
    "Point",
    "RunRecord",
    "collect_records",
    "curves",
    "grid_cells",
    "metric_files",
    "metric_name",
    "offered_part",
    "read_scores",
    "score_files",
    "summarise_records",
]
