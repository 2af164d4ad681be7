"""A table as CSV: the shape of its Markdown and LaTeX, PSNR and SSIM in columns of their own.

Numbers are rounded as printed. Where there is none stands why: "not run", "unknown" or "—", so
that `pandas.read_csv(file, na_values=["not run", "unknown", "—"])` gives numbers. The last column,
`recalled`, names the columns of a line, with ";" between them, whose value bears the dagger.
"""

import csv
import io

from reports.exports.sheets import Line, Sheet

METRIC_TITLES = ("PSNR", "SSIM")


def sheet_csv(sheet: Sheet, profile: str) -> str:
    """Text of the file; the first column repeats the profile."""
    headings = _headings(sheet)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["Profile", *sheet.label_titles, *headings, "recalled"])
    for line in sheet.lines:
        writer.writerow([profile, *_fields(line, headings)])
    return stream.getvalue()


def _headings(sheet: Sheet) -> list[str]:
    """A name for each value of a line: that of its entry, and the metric where it has both."""
    names = []
    for heading, entry in zip(sheet.headings, sheet.lines[0].entries, strict=True):
        pair = len(entry) == len(METRIC_TITLES)
        names += [f"{heading} {metric}" for metric in METRIC_TITLES] if pair else [heading]
    return names


def _fields(line: Line, headings: list[str]) -> list[str]:
    values = [value for entry in line.entries for value in entry]
    recalled = [n for n, value in zip(headings, values, strict=True) if value.recalled]
    return [*line.labels, *(value.text for value in values), ";".join(recalled)]
