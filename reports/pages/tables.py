"""The paper's six tables as plain data: our results beside the published cells."""

from memnet.published.cells import METRICS, ROW_TABLES, Published, PublishedTable
from memnet.results.rows import INPUT, ResultKey
from reports.pages.model import Cell, Column, NetworkBlock, Report, ResultBlock, ResultRow, Table
from reports.pages.networks import network_blocks
from reports.pages.results import Results, common_num_images, ranked

ABLATION = 1


def build_tables(report: Report, published: Published) -> tuple[Table, ...]:
    """All six tables.

    Raises
    ------
    ValueError : the report's summary contradicts itself, see `Results.of`
    """
    results = Results.of(report, published)
    return tuple(_table(table, report, results) for table in published.tables.values())


def _table(table: PublishedTable, report: Report, results: Results) -> Table:
    ours: ResultBlock | NetworkBlock
    paper: ResultBlock | NetworkBlock
    if table.number in ROW_TABLES:
        ours, paper = network_blocks(table, results)
    else:
        ours, paper = _own_block(table, results), _paper_block(table, results)
    return Table(
        number=table.number,
        title=table.title,
        caption=f"In the paper: {table.topic}. Here: profile {report.profile}, {report.budget}.",
        protocol=(report.protocols[table.task],) if table.task in report.protocols else (),
        notes=table.notes,
        ours=ours,
        paper=paper,
    )


def _own_methods(table: PublishedTable, results: Results) -> tuple[str, ...]:
    """Methods of the first block: all of the task, but in the ablation only its networks."""
    methods = results.methods(table.task)
    if table.number != ABLATION:
        return methods
    ablated = [results.method_of(column, table.task) for column in table.methods]
    return tuple(name for name in (INPUT, *ablated) if name in methods)


def _own_block(table: PublishedTable, results: Results) -> ResultBlock:
    methods = _own_methods(table, results)
    rows = []
    for dataset, level in results.places(table.task):
        places = [ResultKey(method, table.task, dataset, level) for method in methods]
        pairs = ranked(tuple(_own_pair(table.number, place, results) for place in places))
        rows.append(_row(table.task, dataset, level, pairs))
    columns = tuple(results.heading(method, table.task) for method in methods)
    return ResultBlock(columns, tuple(rows))


def _own_pair(number: int, place: ResultKey, results: Results) -> tuple[Cell, Cell]:
    psnr, ssim = (results.own_cell(number, place, metric) for metric in METRICS)
    return psnr, ssim


def _paper_block(table: PublishedTable, results: Results) -> ResultBlock:
    at = {(c.method, c.dataset, c.level, c.metric): results.paper_cell(c) for c in table.cells}
    rows = []
    for dataset, level in table.places:
        pairs = tuple(
            (at[method, dataset, level, "psnr"], at[method, dataset, level, "ssim"])
            for method in table.methods
        )
        rows.append(_row(table.task, dataset, level, pairs))
    columns = tuple(_paper_heading(method, table.task, results) for method in table.methods)
    return ResultBlock(columns, tuple(rows))


def _paper_heading(column: str, task: str, results: Results) -> Column:
    method = results.method_of(column, task)
    if method is None:
        return Column(column, None, None)
    ours = results.heading(method, task)
    note = "degraded input" if method == INPUT else "; ".join(filter(None, [method, ours.note]))
    return Column(column, ours.method, note)


def _row(task: str, dataset: str, level: int, pairs: tuple[tuple[Cell, Cell], ...]) -> ResultRow:
    num_images = common_num_images(cell for pair in pairs for cell in pair)
    return ResultRow(task, dataset, level, num_images, pairs)
