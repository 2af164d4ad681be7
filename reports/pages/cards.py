"""Tables that a narrow screen shows as cards: each cell bears the heading of its column."""

import re
from collections.abc import Iterator

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>")
_HEADING = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
_BUDGET = re.compile(r'<small class="budget">.*?</small>', re.DOTALL)
_NOTE = re.compile(r"\s*<small\b")
_TAG = re.compile(r"<[^>]+>")


def label_cells(page: str) -> str:
    """A page whose cells (`<td>`) have their heading, less its budget, as `data-label`.

    The style sheet prints it where the columns do not fit side by side. The first cell of a row
    that is one over all columns stays as it is.
    """
    return _TABLE.sub(lambda found: _labelled(found[0]), page)


def _labelled(table: str) -> str:
    headings = list(map(_label, _HEADING.findall(table)))

    def row(found: re.Match[str]) -> str:
        columns = iter(headings)
        return _CELL.sub(lambda cell: _cell(cell, columns), found[0])

    return _ROW.sub(row, table)


def _label(heading: str) -> str:
    text = _NOTE.sub(", <small", _BUDGET.sub("", heading))
    return " ".join(_TAG.sub("", text).split())


def _cell(cell: re.Match[str], columns: Iterator[str]) -> str:
    """A cell as it is, or with the headings of the columns that it lies over."""
    span = re.search(r'colspan="(\d+)"', cell[2])
    label = ", ".join(filter(None, (next(columns, "") for _ in range(int(span[1]) if span else 1))))
    return f'<td{cell[2]} data-label="{label}">' if cell[1] == "td" and label else cell[0]
