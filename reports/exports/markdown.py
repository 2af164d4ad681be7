"""A table as Markdown, with the characters escaped that Markdown or HTML would read."""

from collections.abc import Iterable, Iterator

from reports.exports.sheets import Sheet, printed
from reports.pages.model import Report

_ESCAPES = str.maketrans(
    {
        **{character: f"\\{character}" for character in r"\`*_[]~$#"},
        **{"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"},
    }
)
_STYLES = ("{}", "**{}**", "<u>{}</u>")


def markdown(sheet: Sheet, report: Report) -> str:
    """Text of a file to paste into a README, an issue or a note."""
    return "\n".join(_lines(sheet, report)) + "\n"


def escaped(text: str) -> str:
    """Text in one line that Markdown shows as it is."""
    return " ".join(text.split()).translate(_ESCAPES)


def _lines(sheet: Sheet, report: Report) -> Iterator[str]:
    yield f"**{escaped(sheet.caption)}**"
    yield ""
    yield _row(map(escaped, (*sheet.label_titles, *sheet.headings)))
    yield _row([*(":--" for _ in sheet.label_titles), *("--:" for _ in sheet.headings)])
    for line in sheet.lines:
        yield _row([*map(escaped, line.labels), *printed(line, _STYLES, escaped)])
    yield ""
    yield from (f"- {escaped(note)}" for note in (*sheet.notes, *sheet.remarks))
    yield f"- Created {escaped(report.created)}, commit {escaped(report.commit)}."


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
