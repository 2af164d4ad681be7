"""The paper's six tables as plain data: our results beside the published cells."""

from memnet.published.cells import METRICS, ROW_TABLES, Published, PublishedTable
from memnet.results.rows import INPUT, ResultKey
from reports.pages.model import Block, Cell, Column, Report, ResultBlock, ResultRow, Table
from reports.pages.networks import network_blocks
from reports.pages.results import Results, ranked

ABLATION = 1


def build_tables(report: Report, published: Published) -> tuple[Table, ...]:
    """All six tables.

    Raises
    ------
    ValueError : the report's summary contradicts itself, see `Results.of`, or the methods of one
        row were measured on different numbers of images
    """
    results = Results.of(report, published)
    return tuple(_table(table, report, results) for table in published.tables.values())


def _table(table: PublishedTable, report: Report, results: Results) -> Table:
    blocks: tuple[Block, Block] = (
        network_blocks(table, results)
        if table.number in ROW_TABLES
        else (_own_block(table, results), _paper_block(table, results))
    )
    return Table(
        number=table.number,
        title=table.title,
        caption=f"In the paper: {table.topic}. Here: profile {report.profile}, {report.budget}.",
        protocol=(report.protocols[table.task],) if table.task in report.protocols else (),
        notes=table.notes,
        ours=blocks[0],
        paper=blocks[1],
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
    return ResultBlock(columns, tuple(rows))


def _paper_block(table: PublishedTable, results: Results) -> ResultBlock:
    at = {(c.method, c.dataset, c.level, c.metric): results.paper_cell(c) for c in table.cells}
    rows = []
    for place in table.places:
        pairs = ((at[m, *place, "psnr"], at[m, *place, "ssim"]) for m in table.methods)
        rows.append(_row(table.task, *place, tuple(pairs)))
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
    """A row with its number of images, which must be the same for every method."""
    found = {cell.num_images for pair in pairs for cell in pair if cell.num_images is not None}
    if len(found) > 1:
        raise ValueError(f"one row of a table compares means over {sorted(found)} images")
    return ResultRow(task, dataset, level, found.pop() if found else None, pairs)
