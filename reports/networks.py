"""Tables 2 and 6: what each network is made of, and its PSNR at x3."""

from collections.abc import Mapping
from typing import Any

from memnet.published.cells import PublishedRow, PublishedTable, PublishedValue
from memnet.results.rows import INPUT, ResultKey
from reports.model import Column, Fact, NetworkBlock, NetworkRow
from reports.results import Results
from reports.wording import dataset_title, level_title, thousands

SCALE = 3
_TITLES = {
    "depth": "Depth",
    "filters": "Filters",
    "parameters": "Weights",
    "training_images": "Training images",
    "multi_supervision": "Multi-supervision",
    "num_memory_blocks": "M",
    "num_recursions": "R",
}
_FACTS = {
    2: ("depth", "filters", "parameters", "training_images", "multi_supervision"),
    6: ("num_memory_blocks", "num_recursions", "depth", "parameters"),
}
_PAPER_FACTS = {2: _FACTS[2], 6: ("depth", "parameters")}


def network_blocks(table: PublishedTable, results: Results) -> tuple[NetworkBlock, NetworkBlock]:
    """Blocks of Table 2 or 6: our networks on our datasets, and the paper's own rows."""
    return _own_block(table, results), _paper_block(table, results)


def depth_of(run: Mapping[str, Any]) -> str:
    """Convolutions in a row, each recursion counted, as the paper counts depth.

    LapSRN has a depth a scale, its transposed convolutions counted (Lai et al., section 3.1).
    """
    network = run["network"]
    match run["network_kind"]:
        case "memnet":
            blocks, recursions = network["num_memory_blocks"], network["num_recursions"]
            return str(2 + blocks * (2 * recursions + 1))
        case "drcn":
            return str(network["num_recursions"] + 4)  # two to embed, two to reconstruct
        case "vdsr" | "dncnn":
            return str(network["depth"])
        case "lapsrn":
            doublings = (scale.bit_length() - 1 for scale in network["scales"])
            return ", ".join(str(2 + count * (network["depth"] + 1)) for count in doublings)
        case other:
            raise ValueError(
                f"network_kind must be memnet, drcn, vdsr, dncnn or lapsrn, got {other}"
            )


def _facts(run: Mapping[str, Any]) -> dict[str, str]:
    network, training_set = run["network"], run["training_set"] or {}
    images = training_set.get("num_images") or dataset_title(training_set.get("dataset", "unknown"))
    supervised = network.get("multi_supervised", run["network_kind"] == "drcn")
    return {
        "depth": depth_of(run),
        "filters": str(network["num_features"]),
        "parameters": thousands(run["num_conv_weights"]),
        "training_images": str(images),
        "multi_supervision": "Yes" if supervised else "No",
        "num_memory_blocks": str(network.get("num_memory_blocks")),
        "num_recursions": str(network.get("num_recursions")),
    }


def _own_block(table: PublishedTable, results: Results) -> NetworkBlock:
    datasets = [dataset for dataset, level in results.places(table.task) if level == SCALE]
    rows = []
    for method in results.methods(table.task):
        run = results.runs.get(method)
        if method == INPUT or run is None or run["network"] is None:
            continue
        if table.number == 6 and run["network_kind"] != "memnet":
            continue
        facts = _facts(run)
        cells = tuple(
            results.own_cell(table.number, ResultKey(method, table.task, dataset, SCALE), "psnr")
            for dataset in datasets
        )
        shown = tuple(Fact(facts[name]) for name in _FACTS[table.number])
        rows.append(NetworkRow(results.heading(method, table.task), shown, cells))
    return NetworkBlock(
        fact_titles=tuple(_TITLES[name] for name in _FACTS[table.number]),
        psnr_titles=tuple(
            f"{dataset_title(dataset)} {level_title(table.task, SCALE)}" for dataset in datasets
        ),
        rows=tuple(rows),
    )


def _paper_block(table: PublishedTable, results: Results) -> NetworkBlock:
    names = _PAPER_FACTS[table.number]
    return NetworkBlock(
        fact_titles=tuple(_TITLES[name] for name in names),
        psnr_titles=(f"Set5 {level_title(table.task, SCALE)}",),
        rows=tuple(_paper_row(row, names, results) for row in table.rows),
    )


def _paper_row(row: PublishedRow, names: tuple[str, ...], results: Results) -> NetworkRow:
    method = results.method_of(row.method, row.psnr.task)
    linked = method if method in results.runs else None
    return NetworkRow(
        column=Column(row.method.replace("_", " "), linked, method),
        facts=tuple(_paper_fact(row.facts[name], name) for name in names),
        psnr=(results.paper_cell(row.psnr),),
    )


def _paper_fact(fact: PublishedValue, name: str) -> Fact:
    if fact.value is None:
        return Fact("unknown", fact.recalled)
    if name == "parameters" and isinstance(fact.value, int):
        return Fact(thousands(fact.value), fact.recalled)
    return Fact(str(fact.value), fact.recalled)
