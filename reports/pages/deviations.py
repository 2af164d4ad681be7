"""Differences from the official code, from reports/pages/deviations.yaml.

`python -m reports.pages.deviations > docs/deviations.md` writes them as a document.
"""

import sys
from pathlib import Path

from jinja2 import Template
from pydantic import ValidationError, model_validator

from memnet.errors import InputError
from memnet.schema import Section, explain, read_yaml

FILE = Path(__file__).with_name("deviations.yaml")
TEMPLATE = FILE.parent / "templates/deviations.md"
NOT_MEASURED = "effect not measured"


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
    InputError : a key is missing or unknown, or dB are given, but no words say of what
    """
    try:
        return Deviations.model_validate(read_yaml(file))
    except ValidationError as error:
        raise InputError(f"{file.name}: {explain(error)}") from None


def markdown(deviations: Deviations) -> str:
    """Text of docs/deviations.md."""
    template = Template(TEMPLATE.read_text(encoding="utf-8"), trim_blocks=True, lstrip_blocks=True)
    return str(template.render(dict(deviations)))


if __name__ == "__main__":
    sys.stdout.write(markdown(load_deviations()))
