"""The claims of the paper, and the verdict of this report on each."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import pandas as pd
from pydantic import Field, Strict, ValidationError

from memnet.errors import InputError
from memnet.published.cells import Published
from memnet.results.rows import rows_csv
from memnet.schema import Section, explain, read_yaml
from reports.claims.evidence import Evidence
from reports.claims.gate_checks import GateMargin, GateTasksDiffer
from reports.claims.inside_checks import PredictionsGrow, SpectrumCompared
from reports.claims.network_checks import ByConstruction, Converges, OneArchitecture
from reports.claims.psnr_checks import BetterThan, GainGrowsWithLevel, OneNetworkPerTask
from reports.claims.verdicts import ClaimVerdict, Finding, combined
from reports.pages.model import Report

Check = Annotated[
    BetterThan
    | GainGrowsWithLevel
    | OneNetworkPerTask
    | ByConstruction
    | OneArchitecture
    | Converges
    | GateMargin
    | GateTasksDiffer
    | PredictionsGrow
    | SpectrumCompared,
    Field(discriminator="kind"),
]
"""Every kind of check that claims.yaml can ask for: a function of the report's data alone."""
CSV_HEADER = (
    *("claim", "claim_verdict", "verdict", "subject", "measured", "unit", "low", "high", "task"),
    *("dataset", "level", "num_images", "num_seeds", "noise_std", "methods", "reason"),
)

FOLDER = Path(__file__).parent  # of claims.yaml


class Claim(Section):
    """One claim of the paper; `note` says what the checks leave out."""

    number: int
    title: str
    statement: str
    source: Literal["text", "abstract", "recalled"]
    checks: Annotated[tuple[Check, ...], Strict(False)]
    note: str | None = None

    @property
    def recalled(self) -> bool:
        """Whether the claim was written down from memory: shown with a dagger."""
        return self.source == "recalled"


class _File(Section):
    claims: Annotated[tuple[Claim, ...], Strict(False)]


class JudgedClaim(NamedTuple):
    """A claim with all that was found about it."""

    claim: Claim
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> ClaimVerdict:
        """What the findings say together, see `combined`."""
        return combined(finding.verdict for finding in self.findings)

    @property
    def counts(self) -> dict[ClaimVerdict, int]:
        """Number of findings with each verdict."""
        return Counter(finding.verdict for finding in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the claim was not run or not decided, each reason once."""
        found = (f.reason for f in self.findings if f.reason and f.verdict == self.verdict)
        return tuple(dict.fromkeys(found))


def judge_claims(report: Report, published: Published) -> tuple[JudgedClaim, ...]:
    """Every claim of the paper with its verdict in this report's profile."""
    evidence = Evidence.of(report, published)
    return tuple(
        JudgedClaim(claim, tuple(chain.from_iterable(c.findings(evidence) for c in claim.checks)))
        for claim in load_claims(published)
    )


def claims_csv(judged: Sequence[JudgedClaim]) -> str:
    """Text of claims.csv: one row for each finding, and one for a claim without any."""
    rows = [
        {
            **vars(finding),
            "claim": entry.claim.number,
            "claim_verdict": entry.verdict,
            "num_seeds": len(finding.by_seed) or None,
            "unit": None if finding.measured is None else finding.unit,
        }
        for entry in judged
        for finding in entry.findings or [Finding("", entry.verdict)]
    ]
    return rows_csv(pd.DataFrame(rows, columns=list(CSV_HEADER), dtype=object))


def load_claims(published: Published, folder: str | Path = FOLDER) -> tuple[Claim, ...]:
    """The claims of `claims.yaml`; InputError if the file is not valid."""
    path = Path(folder) / "claims.yaml"
    columns = {name for table in published.tables.values() for name in table.methods}
    try:
        found = _File.model_validate(read_yaml(path), context={"columns": columns}).claims
    except ValidationError as error:
        raise InputError(f"{path.name}: {explain(error)}") from None
    numbers = [claim.number for claim in found]
    if numbers != list(range(1, len(found) + 1)):
        raise InputError(f"claims must be numbered 1, 2, 3 and so on, got {numbers}")
    return found
