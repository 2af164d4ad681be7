"""The claims of the paper, and the verdict of this report on each."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from memnet.published.cells import Published
from reports.claims.evidence import Evidence
from reports.claims.gate_checks import (
    GateLastRecursionLargest,
    GateLongTermOverShortTerm,
    GateShrinks,
    GateTasksDiffer,
)
from reports.claims.inside_checks import PredictionsGrow, SpectrumCompared
from reports.claims.network_checks import (
    Converges,
    Depth,
    OneArchitecture,
    OneWeightPerMap,
    Parameters,
)
from reports.claims.psnr_checks import (
    BetterThan,
    DeeperIsBetter,
    GainGrowsWithLevel,
    OneNetworkPerTask,
    Order,
)
from reports.claims.verdicts import Finding, Verdict, combined
from reports.model import Report
from reports.wording import TASK_TITLES

Source = Literal["text", "abstract", "recalled"]
KINDS: Mapping[str, Any] = {
    "better_than": BetterThan,
    "order": Order,
    "gain_grows_with_level": GainGrowsWithLevel,
    "deeper_is_better": DeeperIsBetter,
    "one_network_per_task": OneNetworkPerTask,
    "one_architecture": OneArchitecture,
    "depth": Depth,
    "parameters": Parameters,
    "one_weight_per_map": OneWeightPerMap,
    "converges": Converges,
    "gate_last_recursion_largest": GateLastRecursionLargest,
    "gate_long_term_over_short_term": GateLongTermOverShortTerm,
    "gate_shrinks": GateShrinks,
    "gate_tasks_differ": GateTasksDiffer,
    "predictions_grow": PredictionsGrow,
    "spectrum_compared": SpectrumCompared,
}
"""Every kind of check that claims.yaml can ask for; its arguments are the fields of the class."""
COLUMN_ARGUMENTS = ("column", "columns", "better", "than", "deeper_than")
CSV_HEADER = (
    *("claim", "claim_verdict", "verdict", "subject", "measured", "unit", "low", "high", "task"),
    *("dataset", "level", "own", "num_images", "seeds", "noise_std", "methods", "reason"),
)

FOLDER = Path(__file__).parent  # of claims.yaml


class Check(Protocol):
    """A check with its arguments: a function of the report's data alone."""

    def findings(self, evidence: Evidence, /) -> Iterator[Finding]:
        """What was measured, or what is needed to measure it; never nothing at all."""


@dataclass(frozen=True)
class Claim:
    """One claim of the paper; `note` says what the checks leave out."""

    number: int
    statement: str
    source: Source
    checks: tuple[Check, ...]
    note: str | None

    @property
    def recalled(self) -> bool:
        """Whether the claim was written down from memory: shown with a dagger."""
        return self.source == "recalled"


@dataclass(frozen=True)
class Judged:
    """A claim with all that was found about it."""

    claim: Claim
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What the findings say together, see `combined`."""
        return combined(finding.verdict for finding in self.findings)

    @property
    def counts(self) -> dict[Verdict, int]:
        """Number of findings with each verdict."""
        return Counter(finding.verdict for finding in self.findings)

    @property
    def own(self) -> bool:
        """Whether anything was measured on other images than the claim names."""
        return any(f.own and f.measured is not None for f in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something was not run or not decided, each reason once."""
        return tuple(dict.fromkeys(f.reason for f in self.findings if f.reason))


def judge_claims(report: Report, published: Published) -> tuple[Judged, ...]:
    """Every claim of the paper with its verdict in this report's profile.

    Raises
    ------
    ValueError : claims.yaml is faulty, see `load_claims`, or the report, see `Results.of`
    """
    evidence = Evidence.of(report, published)
    return tuple(
        Judged(claim, tuple(found for check in claim.checks for found in check.findings(evidence)))
        for claim in load_claims(published)
    )


def claims_csv(judged: Sequence[Judged]) -> str:
    """Text of claims.csv: one row for each finding, and one for a claim without any."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, CSV_HEADER, lineterminator="\n")
    writer.writeheader()
    for entry in judged:
        for finding in entry.findings or [Finding("", entry.verdict)]:
            row = {name: getattr(finding, name, None) for name in CSV_HEADER}
            row |= {"claim": entry.claim.number, "claim_verdict": entry.verdict}
            row |= {"seeds": " ".join(map(str, finding.seeds))}
            if finding.measured is None:
                row |= {"unit": None}
            writer.writerow(row)
    return stream.getvalue()


def load_claims(published: Published, folder: str | Path = FOLDER) -> tuple[Claim, ...]:
    """Read `claims.yaml`.

    Raises
    ------
    ValueError : a key is unknown, missing or there twice, the claims are not numbered 1, 2, 3 and
        so on, or a check names a kind, a task or a column of the paper that does not exist
    """
    path = Path(folder) / "claims.yaml"
    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise ValueError(f"{path.name} is not valid YAML: {error}") from None
    _require_keys("claims.yaml", raw, {"claims"})
    columns = {name for table in published.tables.values() for name in table.methods}
    claims = tuple(_claim(entry, columns) for entry in raw["claims"])
    numbers = [claim.number for claim in claims]
    if numbers != list(range(1, len(claims) + 1)):
        raise ValueError(f"claims must be numbered 1, 2, 3 and so on, got {numbers}")
    return claims


def _claim(raw: Mapping[str, Any], columns: set[str]) -> Claim:
    _require_keys("a claim", raw, {"number", "statement", "source", "checks"}, {"note"})
    where = f"claim {raw['number']}"
    if raw["source"] not in get_args(Source):
        raise ValueError(f"{where}: source must be one of {get_args(Source)}, got {raw['source']}")
    checks = tuple(_check(where, entry, columns) for entry in raw["checks"])
    return Claim(raw["number"], raw["statement"], raw["source"], checks, raw.get("note"))


def _check(where: str, raw: Mapping[str, Any], columns: set[str]) -> Check:
    kind = KINDS.get(raw.get("kind", ""))
    if kind is None:
        raise ValueError(f"{where}: kind must be one of {', '.join(KINDS)}, got {raw.get('kind')}")
    where = f"{where}, {raw['kind']}"
    types = {field.name: field.type for field in fields(kind)}
    arguments = {key: value for key, value in raw.items() if key != "kind"}
    _require_keys(where, arguments, set(types))
    for name, value in arguments.items():
        _require_known(f"{where}: {name}", name, value, types[name], columns)
    tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in arguments.items()}
    check: Check = kind(**tuples)
    return check


def _require_known(where: str, name: str, value: Any, wanted: Any, columns: set[str]) -> None:
    """Raise ValueError unless an argument has its type, and is a column or task that exists."""
    many = get_origin(wanted) is tuple
    if many and not (isinstance(value, list) and value):
        raise ValueError(f"{where} must be a list that is not empty, got {value!r}")
    kind = get_args(wanted)[0] if many else wanted
    for entry in value if many else [value]:
        allowed: Any = get_args(kind) if get_origin(kind) is Literal else None
        if name in COLUMN_ARGUMENTS:
            allowed = columns
        elif name in ("task", "tasks"):
            allowed = TASK_TITLES
        if allowed is not None and entry not in allowed:
            raise ValueError(f"{where} must be of {', '.join(sorted(allowed))}, got {entry!r}")
        if allowed is None and type(entry) is not kind:
            raise ValueError(f"{where} must be of type {kind.__name__}, got {entry!r}")


def _require_keys(where: str, raw: Any, needed: Set[str], optional: Set[str] = frozenset()) -> None:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{where} must be a mapping, got {raw!r}")
    missing, unknown = sorted(needed - set(raw)), sorted(set(raw) - needed - optional)
    if missing or unknown:
        raise ValueError(f"{where}: missing keys {missing}, unknown keys {unknown}")
