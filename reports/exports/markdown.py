"""A table as Markdown, with the characters escaped that Markdown or HTML would read."""

from collections.abc import Iterable

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
    rows: list[Iterable[str]] = [
        map(escaped, (*sheet.label_titles, *sheet.headings)),
        (*(":--" for _ in sheet.label_titles), *("--:" for _ in sheet.headings)),
        *((*map(escaped, line.labels), *printed(line, _STYLES, escaped)) for line in sheet.lines),
    ]
    lines = [f"**{escaped(sheet.caption)}**", "", *(f"| {' | '.join(row)} |" for row in rows), ""]
    made = f"Created {report.created}, commit {report.commit}."
    lines += [f"- {escaped(note)}" for note in (*sheet.notes, *sheet.remarks, made)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text in one line that Markdown shows as it is."""
    return " ".join(text.split()).translate(_ESCAPES)
