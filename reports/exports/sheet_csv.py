"""A table as CSV: the shape of its Markdown and LaTeX, PSNR and SSIM in columns of their own.

Numbers are rounded as printed. Where there is none stands why: "not run", "unknown" or "—", so
that `pandas.read_csv(file, na_values=["not run", "unknown", "—"])` gives numbers. The last column,
`recalled`, names the columns of a line, with ";" between them, whose value bears the dagger.
"""

import csv
import io

from reports.exports.sheets import Sheet

METRIC_TITLES = ("PSNR", "SSIM")


def sheet_csv(sheet: Sheet, profile: str) -> str:
    """Text of the file; the first column repeats the profile."""
    headings: list[str] = []  # one for each value
    for heading, entry in zip(sheet.headings, sheet.lines[0].entries, strict=True):
        pair = len(entry) == len(METRIC_TITLES)
        headings += [f"{heading} {metric}" for metric in METRIC_TITLES] if pair else [heading]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["Profile", *sheet.label_titles, *headings, "recalled"])
    for line in sheet.lines:
        marked = [n for n, v in zip(headings, line.values, strict=True) if v.recalled]
        texts = (value.text for value in line.values)
        writer.writerow([profile, *line.labels, *texts, ";".join(marked)])
    return stream.getvalue()
