"""MLflow as a projection of files: deleting its store loses nothing, tracking brings it back."""

from memnet.tracking.live import LiveRun
from memnet.tracking.results import read_results
from memnet.tracking.runs import upsert
from memnet.tracking.store import DEFAULT_URI, tracking_uri

__all__ = ["DEFAULT_URI", "LiveRun", "read_results", "tracking_uri", "upsert"]
