"""The paper's six tables as plain data: our results beside the published cells."""

from collections.abc import Sequence
from math import inf
from statistics import fmean

from memnet.errors import InputError
from memnet.published.cells import METRICS, ROW_TABLES, Published, PublishedTable, PublishedValue
from memnet.results.rows import INPUT, ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.blocks import (
    Cell,
    NetworkBlock,
    NetworkRow,
    ResultBlock,
    ResultRow,
    Table,
    Value,
)
from reports.pages.model import Report
from reports.pages.results import Results, ranked
from reports.pages.wording import dataset_title, level_title, thousands

ABLATION = 1
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


def build_tables(report: Report, published: Published) -> tuple[Table, ...]:
    """All six tables; InputError if a row compares means over different numbers of images."""
    results = Results.of(report, published)
    return tuple(_table(table, report, results) for table in published.tables.values())


def _table(table: PublishedTable, report: Report, results: Results) -> Table:
    networks = table.number in ROW_TABLES
    return Table(
        number=table.number,
        title=table.title,
        caption=f"In the paper: {table.topic}. Here: profile {report.profile}, {report.budget}.",
        protocol=(report.protocols[table.task],) if table.task in report.protocols else (),
        notes=table.notes,
        ours=_own_networks(table, results) if networks else _own_block(table, results),
        paper=_paper_networks(table, results) if networks else _paper_block(table, results),
    )


def _own_block(table: PublishedTable, results: Results) -> ResultBlock:
    """All methods of the task, but in the ablation only its networks."""
    methods = results.methods(table.task)
    if table.number == ABLATION:
        ablated = [results.method_of(column, table.task) for column in table.methods]
        methods = tuple(name for name in (INPUT, *ablated) if name in methods)
    rows = []
    for dataset, level in results.places(table.task):
        places = (ResultKey(method, table.task, dataset, level) for method in methods)
        cells = ((results.own_cell(table.number, p, m) for m in METRICS) for p in places)
        pairs = ranked(tuple((psnr, ssim) for psnr, ssim in cells))
        rows.append(_row(table.task, dataset, level, pairs))
    columns = tuple(results.heading(method, table.task) for method in methods)
    psnr = [[row.pairs[i][0].ours for row in rows] for i in range(len(columns))]
    return ResultBlock(columns, tuple(rows)).of_columns(best_first(psnr))


def best_first(psnr: Sequence[Sequence[float | None]]) -> list[int]:
    """Indices of methods, the best mean `psnr` over common places first, those not run last."""
    places = range(len(psnr[0])) if psnr else range(0)
    run = [values for values in psnr if any(value is not None for value in values)]
    shared = [place for place in places if all(values[place] is not None for values in run)]

    def mean(index: int) -> float:
        numbers = (psnr[index][place] for place in shared or places)
        known = [number for number in numbers if number is not None]
        return fmean(known) if known else -inf

    return sorted(range(len(psnr)), key=mean, reverse=True)


def _paper_block(table: PublishedTable, results: Results) -> ResultBlock:
    at = {(c.method, c.dataset, c.level, c.metric): results.paper_cell(c) for c in table.cells}
    rows = []
    for place in table.places:
        pairs = ((at[m, *place, "psnr"], at[m, *place, "ssim"]) for m in table.methods)
        rows.append(_row(table.task, *place, tuple(pairs)))
    ours = {column: results.method_of(column, table.task) for column in table.methods}
    columns = (results.heading(method, table.task, column) for column, method in ours.items())
    return ResultBlock(tuple(columns), tuple(rows))


def _row(task: str, dataset: str, level: int, pairs: tuple[tuple[Cell, Cell], ...]) -> ResultRow:
    """A row with its number of images, which must be the same for every method."""
    found = {cell.num_images for pair in pairs for cell in pair if cell.num_images is not None}
    if len(found) > 1:
        raise InputError(f"one row of a table compares means over {sorted(found)} images")
    return ResultRow(task, dataset, level, found.pop() if found else None, pairs)


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


def _own_networks(table: PublishedTable, results: Results) -> NetworkBlock:
    datasets = [dataset for dataset, level in results.places(table.task) if level == SCALE]
    names = _FACTS[table.number]
    rows = []
    for method in results.methods(table.task):
        record = results.records.get(method)
        if record is None or record.network is None or (table.number == 6 and not record.memnet):
            continue
        facts = _facts(record)
        places = (ResultKey(method, table.task, dataset, SCALE) for dataset in datasets)
        cells = tuple(results.own_cell(table.number, place, "psnr") for place in places)
        column = results.heading(method, table.task)
        rows.append(NetworkRow(column, tuple(Value(facts[name]) for name in names), cells))
    titles = tuple(_TITLES[name] for name in names)
    psnr_titles = (f"{dataset_title(d)} {level_title(table.task, SCALE)}" for d in datasets)
    order = best_first([[cell.ours for cell in row.psnr] for row in rows])
    return NetworkBlock(titles, tuple(psnr_titles), tuple(rows[index] for index in order))


def _paper_networks(table: PublishedTable, results: Results) -> NetworkBlock:
    names = _PAPER_FACTS[table.number]
    rows = []
    for row in table.rows:
        method = results.method_of(row.method, table.task)
        column = results.heading(method, table.task, row.method.replace("_", " "))
        facts = tuple(_paper_fact(getattr(row, name), name) for name in names)
        cells = (results.paper_cell(cell) for cell in table.cells if cell.method == row.method)
        rows.append(NetworkRow(column, facts, tuple(cells)))
    titles = tuple(_TITLES[name] for name in names)
    return NetworkBlock(titles, (f"Set5 {level_title(table.task, SCALE)}",), tuple(rows))


def _paper_fact(fact: PublishedValue, name: str) -> Value:
    value = fact.value
    if name == "parameters" and isinstance(value, int):
        value = thousands(value)
    return Value("unknown" if value is None else str(value), recalled=fact.recalled)
