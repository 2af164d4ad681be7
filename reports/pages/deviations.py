"""Differences from the official code, from reports/pages/deviations.yaml.

`python -m reports.pages.deviations > docs/deviations.md` writes them as a document.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import model_validator

from memnet.schema import Section, read_yaml

FILE = Path(__file__).with_name("deviations.yaml")
NOT_MEASURED = "effect not measured"
_TITLES = ("what", "official", "here", "effect", "source")


class Deviation(Section):
    """One difference; `effect_db` holds what was measured of its effect in dB, None nothing."""

    what: str
    official: str
    here: str
    effect: str | None
    effect_db: float | list[float] | None
    source: str | None

    @model_validator(mode="after")
    def _says_what_was_measured(self) -> "Deviation":
        if self.effect_db is not None and not self.effect:
            raise ValueError(f"effect must say what the {self.effect_db} dB are of")
        return self

    @property
    def consequence(self) -> str:
        """What it does to the results; where no dB were measured, it says so."""
        unknown = NOT_MEASURED if self.effect_db is None else None
        return "; ".join(filter(None, [self.effect, unknown]))


class Part(Section):
    """Differences of one kind, with a text before and after them."""

    title: str
    introduction: str | None
    closing: str | None
    entries: list[Deviation]


class Deviations(Section):
    """Every known difference."""

    title: str
    introduction: str
    sections: list[Part]


def load_deviations(file: Path = FILE) -> Deviations:
    """Read the file.

    Raises
    ------
    ValueError : a key is missing or unknown, or dB were measured, but no words say on what
    """
    return Deviations.model_validate(read_yaml(file))


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
