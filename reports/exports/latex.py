"""A table as LaTeX for a paper: booktabs, and every special character escaped."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from reports.exports.sheets import Line, Sheet, printed
from reports.pages.model import Report

PACKAGES = ("booktabs", "graphicx")
_ESCAPES = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%$#_{}"},
        **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
        **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"},
        **{'"': "''", "`": r"\textasciigrave{}", "’": "'", "—": r"\textemdash{}"},
        # After the end of a line these would be read as its options.
        **{"[": "{[}", "]": "{]}", "*": "{*}"},
        **{"×": r"$\times$", "σ": r"$\sigma$", "±": r"$\pm$", "−": r"$-$", "∞": r"$\infty$"},
        **{"†": r"$^{\dagger}$"},
    }
)
_LETTERS = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ"  # beyond ASCII
_STYLES = ("{}", r"\textbf{{{}}}", r"\underline{{{}}}")
_TABLE = Template(Path(__file__).with_name("table.tex").read_text(encoding="utf-8"))


def latex(sheet: Sheet, report: Report) -> str:
    """Text of a file to `\\input` or to paste; its first lines say what it needs."""
    comments = [
        sheet.caption,
        *(f"{key}: {getattr(report, key)}" for key in ("profile", "budget", "created", "commit")),
        "needs: " + " ".join(rf"\usepackage{{{name}}}" for name in PACKAGES),
        *(f"remark: {remark}" for remark in sheet.remarks),
    ]
    lines = zip(sheet.lines, (None, *sheet.lines), strict=False)  # each with the one above it
    return _TABLE.substitute(
        comments="\n".join(f"% {' '.join(text.split())}" for text in comments),
        caption=escaped(sheet.caption),
        name=sheet.name,
        columns="l" * len(sheet.label_titles) + "c" * len(sheet.headings),
        titles=" & ".join(map(escaped, (*sheet.label_titles, *sheet.headings))),
        rows="\n".join(row for line, above in lines for row in _rows(line, above)),
        notes=" ".join(map(escaped, sheet.notes)),
    )


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is; a letter that LaTeX may lack as its code point."""
    text = " ".join(text.split()).translate(_ESCAPES)
    text = re.sub("-(?=-)", "-{}", text)  # two hyphens, not a dash
    return "".join(c if " " <= c <= "~" or c in _LETTERS else f"[U+{ord(c):04X}]" for c in text)


def _rows(line: Line, above: Line | None) -> Iterator[str]:
    """A line of the table below its rule; labels that repeat those above are left out."""
    labels = list(map(escaped, line.labels))
    same = 0
    while above and same < len(labels) - 1 and line.labels[same] == above.labels[same]:
        labels[same] = ""
        same += 1
    if above is None or (same == 0 and len(labels) > 1):
        yield r"\midrule"
    elif same == 1 and len(labels) == 3:
        yield r"\addlinespace[2pt]"
    entries = list(printed(line, _STYLES, escaped))
    if len(entries) > 1 and len(set(entries)) == 1:
        entries = [rf"\multicolumn{{{len(entries)}}}{{c}}{{{entries[0]}}}"]
    yield " & ".join([*labels, *entries]) + r" \\"
