"""Tables 2 and 6: what each network is made of, and its PSNR at x3."""

from memnet.published.cells import PublishedRow, PublishedTable, PublishedValue
from memnet.results.rows import ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.model import Column, Fact, NetworkBlock, NetworkRow
from reports.pages.results import Results
from reports.pages.wording import dataset_title, level_title, thousands

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


def _facts(record: RunRecord) -> dict[str, str]:
    network, learned = record.network, record.training_set
    assert network is not None
    memnet = record.memnet
    supervised = memnet.multi_supervised if memnet else network.kind == "drcn"
    return {
        "depth": str(network.depth),
        "filters": str(network.num_features),
        "parameters": thousands(record.num_conv_weights or 0),
        "training_images": str(learned.num_images) if learned else "unknown",
        "multi_supervision": "Yes" if supervised else "No",
        "num_memory_blocks": str(memnet.num_memory_blocks) if memnet else "",
        "num_recursions": str(getattr(network, "num_recursions", "")),
    }


def _own_block(table: PublishedTable, results: Results) -> NetworkBlock:
    datasets = [dataset for dataset, level in results.places(table.task) if level == SCALE]
    names = _FACTS[table.number]
    rows = []
    for method in results.methods(table.task):
        record = results.records.get(method)
        if record is None or record.network is None or (table.number == 6 and not record.memnet):
            continue
        facts = _facts(record)
        cells = (
            results.own_cell(table.number, ResultKey(method, table.task, dataset, SCALE), "psnr")
            for dataset in datasets
        )
        column = results.heading(method, table.task)
        rows.append(NetworkRow(column, tuple(Fact(facts[name]) for name in names), tuple(cells)))
    return NetworkBlock(
        fact_titles=tuple(_TITLES[name] for name in names),
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
        rows=tuple(_paper_row(table, row, names, results) for row in table.rows),
    )


def _paper_row(
    table: PublishedTable, row: PublishedRow, names: tuple[str, ...], results: Results
) -> NetworkRow:
    method = results.method_of(row.method, table.task)
    linked = method if method in results.records else None
    cells = (results.paper_cell(cell) for cell in table.cells if cell.method == row.method)
    column = Column(row.method.replace("_", " "), linked, method)
    facts = tuple(_paper_fact(row.fact(name), name) for name in names)
    return NetworkRow(column, facts, tuple(cells))


def _paper_fact(fact: PublishedValue, name: str) -> Fact:
    value = fact.value
    if name == "parameters" and isinstance(value, int):
        value = thousands(value)
    return Fact("unknown" if value is None else str(value), fact.recalled)
