"""A table as lines of text with marks: what its Markdown and its LaTeX have in common."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from memnet.published.cells import Published
from reports.pages.model import (
    Cell,
    Column,
    NetworkBlock,
    NetworkRow,
    ResultBlock,
    ResultRow,
    Table,
)
from reports.pages.results import ranked
from reports.pages.wording import dataset_title, level_title, number

MARKS = {
    "not run": "this profile has no result of ours for the cell",
    "unknown": "the paper has a number here that is not known",
    "—": "the paper prints a dash, or a method of ours does not restore that level",
}
_OURS = "our results on the datasets of this profile"
_PAPERS = "the published numbers and ours"


@dataclass(frozen=True)
class Value:
    """One number as it is printed, or the mark that stands where there is none.

    `rank` is 1 for the best of its line and 2 for the second best, else 0; `spread` is the
    standard deviation over noise seeds.
    """

    text: str
    rank: int = 0
    recalled: bool = False
    spread: str | None = None


Entry = tuple[Value, ...]  # PSNR and SSIM, or one value


def shown(entry: Entry) -> Entry:
    """The values of an entry as they are printed: a mark that stands for both of them once."""
    return entry[:1] if entry[0].text in MARKS and len(set(entry)) == 1 else entry


@dataclass(frozen=True)
class Line:
    """What a line is about, and an entry for every heading of its sheet."""

    labels: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Sheet:
    """One block of a table, no character of it escaped yet.

    `name` is that of its files, `notes` are to be read with the numbers, and `remarks` say what is
    known of the published ones.
    """

    name: str
    caption: str
    label_titles: tuple[str, ...]
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Body:
    what: str
    label_titles: tuple[str, ...]
    headings: tuple[str, ...]
    columns: tuple[Column, ...]  # one for each method
    lines: tuple[Line, ...]
    num_images: Mapping[str, int]  # by dataset


def sheet_names(table: Table) -> tuple[str, ...]:
    """Names of a table's files without their suffix: our results, if any, and the paper's cells."""
    name = f"table-{table.number}"
    return (f"{name}-ours", name) if table.ours.rows else (name,)


def table_sheets(table: Table, published: Published) -> tuple[Sheet, ...]:
    """Sheets of a table, as `sheet_names` names them.

    Among the paper's cells, each line of its numbers has one of ours below it; in Tables 2 and 6,
    whose rows are networks, our PSNR stands beside the paper's.
    """
    ours, paper = table.ours, table.paper
    bodies = (
        _own_networks(ours) if isinstance(ours, NetworkBlock) else _own_results(ours),
        _paper_networks(paper) if isinstance(paper, NetworkBlock) else _paper_results(paper),
    )
    names = sheet_names(table)
    return tuple(
        Sheet(
            name=name,
            caption=f"{table.title} (Table {table.number} of the paper): {body.what}. "
            f"{table.caption}",
            label_titles=body.label_titles,
            headings=body.headings,
            lines=body.lines,
            notes=(*_notes(body, published), *table.protocol),
            remarks=table.notes if body is bodies[-1] else (),
        )
        for name, body in zip(names, bodies[-len(names) :], strict=True)
    )


def _own_results(block: ResultBlock) -> _Body:
    lines = (Line(_place(row), _entries(row.pairs, _our_value)) for row in block.rows)
    titles = ("Dataset", "Level")
    return _Body(
        _OURS, titles, _labels(block.columns), block.columns, tuple(lines), _num_images(block.cells)
    )


def _paper_results(block: ResultBlock) -> _Body:
    lines = []
    for row in block.rows:
        # A row of the paper bears no ranks of ours: they are given here, line by line.
        ours, paper = ranked(row.pairs), _paper_ranks(row.pairs)
        lines.append(Line((*_place(row), "paper"), _entries(paper, _paper_value)))
        lines.append(Line((*_place(row), "ours"), _entries(ours, _our_value)))
    titles = ("Dataset", "Level", "Numbers")
    return _Body(
        _PAPERS,
        titles,
        _labels(block.columns),
        block.columns,
        tuple(lines),
        _num_images(block.cells),
    )


def _own_networks(block: NetworkBlock) -> _Body:
    lines = (
        Line((row.column.label,), (*_facts(row), *((_our_value(cell),) for cell in row.psnr)))
        for row in block.rows
    )
    headings = (*block.fact_titles, *(f"PSNR, {title}" for title in block.psnr_titles))
    columns = tuple(row.column for row in block.rows)
    return _Body(_OURS, ("Network",), headings, columns, tuple(lines), _num_images(block.cells))


def _paper_networks(block: NetworkBlock) -> _Body:
    lines = []
    for row in block.rows:
        (cell,) = row.psnr
        entries = (*_facts(row), (_paper_value(cell),), (_our_value(cell),))
        lines.append(Line((row.column.label,), entries))
    psnr = f"PSNR, {block.psnr_titles[0]}"
    headings = (*block.fact_titles, f"{psnr}, paper", f"{psnr}, ours")
    columns = tuple(row.column for row in block.rows)
    return _Body(_PAPERS, ("Network",), headings, columns, tuple(lines), _num_images(block.cells))


def _place(row: ResultRow) -> tuple[str, str]:
    return dataset_title(row.dataset), level_title(row.task, row.level)


def _num_images(cells: Iterable[Cell]) -> dict[str, int]:
    return {cell.dataset: cell.num_images for cell in cells if cell.num_images is not None}


def _labels(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.label for column in columns)


def _facts(row: NetworkRow) -> tuple[Entry, ...]:
    return tuple((Value(fact.text, recalled=fact.recalled),) for fact in row.facts)


def _entries(
    pairs: Sequence[tuple[Cell, Cell]], value: Callable[[Cell], Value]
) -> tuple[Entry, ...]:
    return tuple((value(psnr), value(ssim)) for psnr, ssim in pairs)


def _our_value(cell: Cell) -> Value:
    if cell.ours is None:
        return Value("—" if cell.status == "not offered" else "not run")
    spread = None if cell.seed_std is None else f"±{number(cell.seed_std, 'psnr')}"
    return Value(number(cell.ours, cell.metric), cell.rank, spread=spread)


def _paper_value(cell: Cell) -> Value:
    if cell.paper is None:
        return Value("—" if cell.paper_dash else "unknown")
    return Value(number(cell.paper, cell.metric), cell.rank, cell.recalled)


def _paper_ranks(pairs: tuple[tuple[Cell, Cell], ...]) -> tuple[tuple[Cell, Cell], ...]:
    """`ranked` by the paper's numbers: the best and the second best of those that are known."""
    swapped = tuple((replace(a, ours=a.paper), replace(b, ours=b.paper)) for a, b in pairs)
    return ranked(swapped)


def _notes(body: _Body, published: Published) -> Iterator[str]:
    """What a reader must know who has the sheet alone."""
    entries = [entry for line in body.lines for entry in line.entries]
    values = [value for entry in entries for value in entry]
    counts = [f"{count} of {dataset_title(name)}" for name, count in body.num_images.items()]
    metrics = "PSNR in dB / SSIM" if any(len(entry) == 2 for entry in entries) else "PSNR in dB"
    yield f"{metrics}, means over the images{': ' if counts else ''}{', '.join(counts)}."
    if any(value.spread for value in values):
        yield "± is the standard deviation of the mean PSNR over noise seeds."
    if any(value.rank for value in values):
        yield "Bold: the best known number of a line; underlined: the second best."
    if any(value.recalled for value in values):
        yield f"† = recalled, that is {published.confidence['recalled']}."
    shown = {value.text for value in values}
    yield from (f"{mark} = {meaning}." for mark, meaning in MARKS.items() if mark in shown)
    methods = [f"{column.label} ({column.note})" for column in body.columns if column.note]
    if methods:
        yield f"Our methods: {', '.join(methods)}."
