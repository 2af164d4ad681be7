"""What the first screen says: what was trained, which claims hold, and one restored picture."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from memnet.models.config import DrcnConfig, MemNetConfig, NetworkConfig
from memnet.results.run_record import RunRecord
from reports.claims.judging import JudgedClaim
from reports.claims.verdicts import ClaimVerdict
from reports.pages.model import Comparison, Report

LISTS: tuple[tuple[str, frozenset[ClaimVerdict]], ...] = (
    ("Reproduced", frozenset({"reproduced", "by construction"})),
    ("Not reproduced", frozenset({"not reproduced"})),
    ("Not decided, or not run", frozenset({"undecided", "stand-in", "not run"})),
)


class ClaimList(NamedTuple):
    """Claims under one heading of the overview."""

    title: str
    claims: tuple[JudgedClaim, ...]


def claim_lists(claims: Iterable[JudgedClaim]) -> tuple[ClaimList, ...]:
    """The claims in three lists; one with nothing to check is in none."""
    every = tuple(claims)
    return tuple(
        ClaimList(title, tuple(claim for claim in every if claim.verdict in verdicts))
        for title, verdicts in LISTS
    )


def papers_network(records: Iterable[RunRecord]) -> list[RunRecord]:
    """Trainings here of the paper's own network: M6R6 with 64 features and all connections."""
    asked = {"initialization": MemNetConfig().initialization}
    return [
        record
        for record in records
        if record.trained and record.memnet
        if record.memnet.model_copy(update=asked) == MemNetConfig()
    ]


def network_name(network: NetworkConfig) -> str:
    """What a network is, in words, as "MemNet_NL M3R3, 16 features"."""
    if isinstance(network, MemNetConfig):
        drops = {"_NL": network.long_term, "_NS": network.short_term}
        name = "MemNet" + "".join(suffix for suffix, kept in drops.items() if not kept)
        basic = "" if network.multi_supervised else "basic "
        return f"{basic}{name} {network.name}, {network.num_features} features"
    if isinstance(network, DrcnConfig):
        return f"DRCN, {network.num_recursions} recursions, {network.num_features} features"
    return f"{network.kind.upper()}, {network.depth} layers, {network.num_features} features"


def spoken_names(records: Iterable[RunRecord]) -> dict[str, str]:
    """Networks that were trained here, in words, with what was spent on each."""
    return {
        record.method: f"{network_name(record.network)}, {record.steps:,} steps"
        for record in records
        if record.trained and record.network
    }


def trained_by_task(report: Report) -> dict[str, list[str]]:
    """Names of the networks that were trained here, by task."""
    names = spoken_names(report.records)
    learned = [(r.training_set.task, names[r.method]) for r in report.records if r.training_set]
    tasks = dict.fromkeys(task for task, _ in learned)
    return {task: list(dict.fromkeys(n for t, n in learned if t == task)) for task in tasks}


def picture(report: Report) -> Comparison | None:
    """Target, input and our MemNet at the hardest level of the first benchmark with such crops.

    Of several MemNets, the one that was trained longest.
    """
    steps = {r.method: r.steps or 0 for r in report.records if r.trained and r.memnet}
    shown: list[Comparison] = []
    for found in report.comparisons:
        ours = [crop for crop in found.crops if crop.label in steps]
        if ours and len(found.crops) > 2:
            best = max(ours, key=lambda crop: steps[crop.label])
            shown.append(replace(found, crops=(*found.crops[:2], best)))
    return next((f for f in reversed(shown) if f.benchmark == shown[0].benchmark), None)
