"""Does ours equal the published value? One verdict for inputs, baselines and references."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from memnet.published.cells import Metric
from memnet.schema import Section

ROUNDING = 1e-9  # of a difference between two binary fractions

Verdict = Literal["within", "known miss", "outside", "not confirmed", "no published value"]


class Tolerance(Section):
    """How far a value may lie from the one that it should equal, PSNR in dB."""

    psnr: Annotated[float, Field(ge=0)]
    ssim: Annotated[float, Field(ge=0)]

    def of(self, metric: Metric) -> float:
        """That of one metric."""
        return self.psnr if metric == "psnr" else self.ssim


class KnownMiss(Section):
    """How far a method is known to miss its published value under this protocol, and why."""

    tolerance: Annotated[float, Field(gt=0)]
    reason: Annotated[str, Field(min_length=1)]


class Judged(NamedTuple):
    """A verdict, the tolerance that it was given by, and the reason of a known miss."""

    verdict: Verdict
    tolerance: float
    reason: str | None = None


def equal(ours: float, value: float, tolerance: float) -> bool:
    """Whether two values differ by no more than the tolerance; two infinite ones are equal."""
    return ours == value or abs(ours - value) <= tolerance + ROUNDING


def judge(
    ours: float,
    published: float | None,
    tolerance: float,
    *,
    confirmed: bool = True,
    miss: KnownMiss | None = None,
) -> Judged:
    """Verdict; "no published value" or "not confirmed" if there is nothing to compare with."""
    if published is None:
        return Judged("no published value", tolerance)
    if not confirmed:
        return Judged("not confirmed", tolerance)
    if equal(ours, published, tolerance):
        return Judged("within", tolerance)
    if miss is not None and equal(ours, published, miss.tolerance):
        return Judged("known miss", miss.tolerance, miss.reason)
    return Judged("outside", tolerance)
