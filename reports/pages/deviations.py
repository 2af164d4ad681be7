"""Differences from the official code, from reports/pages/deviations.yaml.

`python -m reports.pages.deviations > docs/deviations.md` writes them as a document.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FILE = Path(__file__).with_name("deviations.yaml")
NOT_MEASURED = "effect not measured"
_TITLES = ("what", "official", "here", "effect", "source")


@dataclass(frozen=True)
class Deviation:
    """One difference; `effect_db` holds what was measured of its effect in dB, None nothing."""

    what: str
    official: str
    here: str
    effect: str | None
    effect_db: float | list[float] | None
    source: str | None

    @property
    def consequence(self) -> str:
        """What it does to the results; where no dB were measured, it says so."""
        known = [self.effect] if self.effect else []
        return "; ".join([*known, NOT_MEASURED] if self.effect_db is None else known)


@dataclass(frozen=True)
class Section:
    """Differences of one kind, with a text before and after them."""

    title: str
    introduction: str | None
    closing: str | None
    entries: tuple[Deviation, ...]


@dataclass(frozen=True)
class Deviations:
    """Every known difference."""

    title: str
    introduction: str
    sections: tuple[Section, ...]


def load_deviations(file: Path = FILE) -> Deviations:
    """Read the file.

    Raises
    ------
    TypeError : a key is missing or unknown
    ValueError : dB were measured, but no words say on what
    """
    raw: dict[str, Any] = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    sections = [
        Section(**{**part, "entries": tuple(_deviation(entry) for entry in part["entries"])})
        for part in raw["sections"]
    ]
    return Deviations(**{**raw, "sections": tuple(sections)})


def _deviation(raw: dict[str, Any]) -> Deviation:
    found = Deviation(**raw)
    if found.effect_db is not None and not found.effect:
        raise ValueError(f"{found.what}: effect must say what the {found.effect_db} dB are of")
    return found


def markdown(deviations: Deviations) -> str:
    """Text of docs/deviations.md."""
    return "\n\n".join(_parts(deviations)) + "\n"


def _parts(deviations: Deviations) -> Iterator[str]:
    yield f"# {deviations.title}"
    yield "<!-- Made of deviations.yaml by `python -m reports.pages.deviations`. -->"
    yield deviations.introduction
    for section in deviations.sections:
        yield f"## {section.title}"
        yield from filter(None, [section.introduction])
        rows = [_TITLES, ("---",) * len(_TITLES), *map(_cells, section.entries)]
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows)
        yield from filter(None, [section.closing])


def _cells(entry: Deviation) -> tuple[str, ...]:
    source = entry.source or "not noted"
    cells = (entry.what, entry.official, entry.here, entry.consequence, source)
    return tuple(cell.replace("|", "&#124;") for cell in cells)


if __name__ == "__main__":
    sys.stdout.write(markdown(load_deviations()))
