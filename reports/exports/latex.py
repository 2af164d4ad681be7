"""A table as LaTeX for a paper: booktabs, and every special character escaped."""

import re
from collections.abc import Iterator
from unicodedata import decomposition

from reports.exports.sheets import Entry, Line, Sheet, Value, shown
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
_STYLES = {0: "{}", 1: r"\textbf{{{}}}", 2: r"\underline{{{}}}"}


def latex(sheet: Sheet, report: Report) -> str:
    """Text of a file to `\\input` or to paste; its first lines say what it needs."""
    return "\n".join([*_header(sheet, report), *_table(sheet), ""])


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is; a letter that LaTeX may lack as its code point."""
    text = " ".join(text.split()).translate(_ESCAPES)
    text = re.sub("-(?=-)", "-{}", text)  # two hyphens, not a dash
    return "".join(c if _printable(c) else f"[U+{ord(c):04X}]" for c in text)


def _printable(character: str) -> bool:
    """Whether it is ASCII, or an ASCII letter with one of the accents of Latin-1."""
    base, *accent = decomposition(character).split() or ["FFFF"]
    accented = base.startswith("00") and accent[:1] in [[f"030{n}"] for n in "01238A"] + [["0327"]]
    return " " <= character <= "~" or (character < "\u0100" and accented)


def _header(sheet: Sheet, report: Report) -> Iterator[str]:
    yield f"% {_line(sheet.caption)}"
    for name in ("profile", "budget", "created", "commit"):
        yield f"% {name}: {_line(getattr(report, name))}"
    yield "% needs: " + " ".join(rf"\usepackage{{{name}}}" for name in PACKAGES)
    yield from (f"% remark: {_line(remark)}" for remark in sheet.remarks)


def _line(text: str) -> str:
    """Text in one line, so that it stays a comment."""
    return " ".join(text.split())


def _table(sheet: Sheet) -> Iterator[str]:
    titles = " & ".join(map(escaped, (*sheet.label_titles, *sheet.headings)))
    yield r"\begin{table*}"
    yield r"\centering"
    yield rf"\caption{{{escaped(sheet.caption)}}}"
    yield rf"\label{{tab:memnet-{sheet.name}}}"
    yield r"\smallskip\footnotesize"
    yield r"\setlength{\tabcolsep}{4pt}"
    yield r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{% smaller if too wide"
    yield rf"\begin{{tabular}}{{{'l' * len(sheet.label_titles)}{'c' * len(sheet.headings)}}}"
    yield r"\toprule"
    yield rf"{titles} \\"
    previous: Line | None = None
    for line in sheet.lines:
        yield from _rows(line, previous)
        previous = line
    yield r"\bottomrule"
    yield r"\end{tabular}}"
    yield r"\par\smallskip"
    notes = " ".join(map(escaped, sheet.notes))
    yield rf"\parbox{{\linewidth}}{{\footnotesize {notes}}}"
    yield r"\end{table*}"


def _rows(line: Line, previous: Line | None) -> Iterator[str]:
    """A line of the table below its rule; labels that repeat those above are left out."""
    labels = list(map(escaped, line.labels))
    same = 0
    while previous and same < len(labels) - 1 and line.labels[same] == previous.labels[same]:
        labels[same] = ""
        same += 1
    if previous is None or (same == 0 and len(labels) > 1):
        yield r"\midrule"
    elif same == 1 and len(labels) == 3:
        yield r"\addlinespace[2pt]"
    entries = list(map(_entry, line.entries))
    if len(entries) > 1 and len(set(entries)) == 1:
        entries = [rf"\multicolumn{{{len(entries)}}}{{c}}{{{entries[0]}}}"]
    yield " & ".join([*labels, *entries]) + r" \\"


def _entry(entry: Entry) -> str:
    return "/".join(map(_value, shown(entry)))


def _value(value: Value) -> str:
    text = _STYLES[value.rank].format(escaped(value.text))
    dagger = escaped("†") if value.recalled else ""
    return text + dagger + escaped(value.spread or "")
