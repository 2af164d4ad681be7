"""A table as lines of text with marks: what its CSV, Markdown and LaTeX have in common."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from memnet.published.cells import METRICS, Published
from memnet.results.rows import rows_csv
from reports.pages.blocks import Block, Cell, NetworkBlock, ResultBlock, Table, Value
from reports.pages.results import ranked
from reports.pages.wording import dataset_title, level_title, number

MARKS = {
    "not run": "this profile has no result of ours for the cell",
    "unknown": "the paper has a number here that is not known",
    "—": "the paper prints a dash, or a method of ours does not restore that level",
}
_OURS = "our results on the datasets of this profile"
_PAPERS = "the published numbers and ours"


Entry = tuple[Value, ...]  # PSNR and SSIM, or one value


def shown(entry: Entry) -> Entry:
    """The values of an entry as they are printed: a mark that stands for both of them once."""
    return entry[:1] if entry[0].text in MARKS and len(set(entry)) == 1 else entry


class Line(NamedTuple):
    """What a line is about, and an entry for every heading of its sheet."""

    labels: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def values(self) -> list[Value]:
        """Those of all entries."""
        return [value for entry in self.entries for value in entry]


def printed(line: Line, styles: Sequence[str], escaped: Callable[[str], str]) -> Iterator[str]:
    """The entries of a line in a format: a style for each rank, and what escapes a text."""
    for entry in line.entries:
        yield "/".join(
            styles[value.rank].format(escaped(value.text))
            + escaped(("†" if value.recalled else "") + (value.spread or ""))
            for value in shown(entry)
        )


class Sheet(NamedTuple):
    """One block of a table, with nothing escaped yet.

    `name` is that of its files, `notes` explain the numbers, and `remarks` say what is known of the
    published ones.
    """

    name: str
    caption: str
    label_titles: tuple[str, ...]
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...]


def sheet_names(table: Table) -> tuple[str, ...]:
    """Names of a table's files without their suffix: our results, if any, and the paper's cells."""
    name = f"table-{table.number}"
    return (f"{name}-ours", name) if table.ours.rows else (name,)


def table_sheets(table: Table, published: Published) -> Iterator[Sheet]:
    """Sheets of a table, as `sheet_names` names them.

    In the sheet of the paper's cells, each line has one of ours below it; in Tables 2 and 6, whose
    rows are networks, our PSNR is beside the paper's.
    """
    for name in sheet_names(table):
        papers = name == sheet_names(table)[-1]
        block, what = (table.paper, _PAPERS) if papers else (table.ours, _OURS)
        label_titles: tuple[str, ...] = ("Network",)
        if isinstance(block, NetworkBlock):
            headings, lines = _networks(block, papers)
        else:
            label_titles = ("Dataset", "Level", "Numbers") if papers else ("Dataset", "Level")
            headings = tuple(column.label for column in block.columns)
            lines = tuple(_results(block, papers))
        yield Sheet(
            name=name,
            caption=f"{table.title} (Table {table.number} of the paper): {what}. {table.caption}",
            label_titles=label_titles,
            headings=headings,
            lines=lines,
            notes=(*_notes(block, lines, published), *table.protocol),
            remarks=table.notes if papers else (),
        )


def sheet_csv(sheet: Sheet, profile: str) -> str:
    """A sheet as CSV, whose first column repeats the profile; each metric has a column of its own.

    Numbers are rounded as printed. A mark replaces one that is missing, so that
    `pandas.read_csv(file, na_values=["not run", "unknown", "—"])` gives numbers. The last column,
    `recalled`, names the columns whose values have a dagger in that line, separated by ";".
    """
    headings: list[str] = []  # one for each value
    for heading, entry in zip(sheet.headings, sheet.lines[0].entries, strict=True):
        pair = len(entry) == len(METRICS)
        headings += [f"{heading} {metric.upper()}" for metric in METRICS] if pair else [heading]
    rows = []
    for line in sheet.lines:
        marked = [n for n, v in zip(headings, line.values, strict=True) if v.recalled]
        rows.append([profile, *line.labels, *(v.text for v in line.values), ";".join(marked)])
    header = ["Profile", *sheet.label_titles, *headings, "recalled"]
    return rows_csv(pd.DataFrame(rows, columns=header))


def _results(block: ResultBlock, papers: bool) -> Iterator[Line]:
    for row in block.rows:
        place = (dataset_title(row.dataset), level_title(row.task, row.level))
        ours = tuple((_our_value(a), _our_value(b)) for a, b in ranked(row.pairs))
        if papers:  # its cells have no ranks yet
            pairs = ranked(row.pairs, "paper")
            paper = tuple((_paper_value(a), _paper_value(b)) for a, b in pairs)
            yield Line((*place, "paper"), paper)
            yield Line((*place, "ours"), ours)
        else:
            yield Line(place, ours)


def _networks(block: NetworkBlock, papers: bool) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Headings and lines; our PSNR stands beside that of the paper."""
    sides = {", paper": _paper_value, ", ours": _our_value} if papers else {"": _our_value}
    psnr = (f"PSNR, {title}{side}" for title in block.psnr_titles for side in sides)
    lines = []
    for row in block.rows:
        numbers = (value(cell) for cell in row.psnr for value in sides.values())
        entries = tuple((entry,) for entry in (*row.facts, *numbers))
        lines.append(Line((row.column.label,), entries))
    return (*block.fact_titles, *psnr), tuple(lines)


def _our_value(cell: Cell) -> Value:
    if cell.ours is None:
        return Value("—" if cell.status == "not offered" else "not run")
    spread = None if cell.seed_std is None else f"±{number(cell.seed_std, 'psnr')}"
    return Value(number(cell.ours, cell.metric), cell.rank, spread=spread)


def _paper_value(cell: Cell) -> Value:
    if cell.paper is None:
        return Value("—" if cell.paper_dash else "unknown")
    return Value(number(cell.paper, cell.metric), cell.rank, cell.recalled)


def _notes(block: Block, lines: Sequence[Line], published: Published) -> Iterator[str]:
    """What a reader must know who has the sheet alone."""
    values = [value for line in lines for value in line.values]
    images = {cell.dataset: cell.num_images for cell in block.cells if cell.num_images is not None}
    counts = [f"{count} of {dataset_title(name)}" for name, count in images.items()]
    metrics = "PSNR in dB / SSIM" if isinstance(block, ResultBlock) else "PSNR in dB"
    yield f"{metrics}, means over the images{': ' if counts else ''}{', '.join(counts)}."
    if any(value.spread for value in values):
        yield "± is the standard deviation of the mean PSNR over noise seeds."
    if any(value.rank for value in values):
        yield "Bold: the best known number of a line; underlined: the second best."
    if any(value.recalled for value in values):
        yield f"† = recalled, that is {published.confidence['recalled']}."
    texts = {value.text for value in values}
    yield from (f"{mark} = {meaning}." for mark, meaning in MARKS.items() if mark in texts)
    names = ((c.label, [c.method if c.method != c.label else None, c.note]) for c in block.columns)
    methods = [f"{name} ({'; '.join(filter(None, more))})" for name, more in names if any(more)]
    if methods:
        yield f"Our methods: {', '.join(methods)}."
