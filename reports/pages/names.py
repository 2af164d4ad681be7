"""What methods are called in text, legends and headings."""

from collections import Counter

from memnet.models.config import DrcnConfig, MemNetConfig, NetworkConfig
from memnet.results.run_record import RunRecord
from reports.pages.model import Report


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


def training_name(record: RunRecord) -> str:
    """A network that was trained here and its steps; another may be called the same."""
    assert record.network is not None
    return f"{network_name(record.network)}, {record.steps:,} steps"


def names_of(report: Report) -> dict[str, str]:
    """{method: its name}: what was trained here in words, others as the paper calls them.

    Names that would be the same in one task, as those of two seeds, have the method in brackets.
    """
    columns = {ours: name for name, methods in report.columns.items() for ours in methods.values()}
    names = {
        record.method: network_name(record.network)
        if record.trained and record.network
        else columns.get(record.method, record.method)
        for record in report.records
    }
    tasks = {record.method: tuple(record.tasks) for record in report.records}
    count = Counter((task, name) for method, name in names.items() for task in tasks[method])
    twice = {name for (_, name), number in count.items() if number > 1}
    return {m: f"{name} ({m})" if name in twice else name for m, name in names.items()}


def spoken_names(report: Report) -> dict[str, str]:
    """`names_of`, with the steps of what was trained here."""
    names = names_of(report)
    steps = {r.method: f", {r.steps:,} steps" for r in report.records if r.trained}
    return {method: name + steps.get(method, "") for method, name in names.items()}
