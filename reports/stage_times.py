"""How long the pipeline took, stage by stage."""

from typing import NamedTuple


class StageTime(NamedTuple):
    """So many results of a stage that took so many seconds, and the one that took longest."""

    stage: str
    results: int
    seconds: float
    longest: str
    longest_seconds: float
