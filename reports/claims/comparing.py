"""Two methods compared image by image: what every check of PSNR is made of."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from memnet.results.rows import ResultKey
from reports.claims.evidence import Differences, Evidence, MissingError, Side
from reports.claims.scope import Scope
from reports.claims.verdicts import Finding, gain_verdict, paired_interval
from reports.pages.wording import dataset_title, level_title, listed


def over_scope(better: Side, other: Side, scope: Scope, evidence: Evidence) -> Iterator[Finding]:
    """`better` against `other` in every place of a check that both restore."""
    datasets, own = evidence.datasets(scope.task, scope.datasets)
    here = {dataset for dataset, _ in evidence.results.places(scope.task)}
    subject = f"{better.label} − {other.label}"
    for dataset in datasets:
        if dataset not in here:
            reason = f"needs {better.label} and {other.label} on {dataset_title(dataset)}"
            yield Finding(subject, "not run", scope.task, dataset, own=own, reason=reason)
            continue
        for level in scope.levels:
            place = ResultKey("", scope.task, dataset, level)
            if not all(evidence.offered(side, place) for side in (better, other)):
                continue  # the paper prints a dash there
            finding = Finding(subject, "not run", *place[1:], own=own)
            yield _difference(finding, better, other, place, evidence)


def _difference(
    finding: Finding, better: Side, other: Side, place: ResultKey, evidence: Evidence
) -> Finding:
    """`finding` with the difference of two sides in a place."""
    try:
        found = evidence.differences(better, other, place)
    except MissingError as error:
        return replace(finding, reason=f"needs {error}")
    return _judged(finding, better, other, found, evidence)


def growth(better: Side, other: Side, scope: Scope, evidence: Evidence) -> Iterator[Finding]:
    """What the gain of `better` over `other` grows by from each level to the next."""
    datasets, own = evidence.datasets(scope.task, scope.datasets)
    for dataset, levels in product(datasets, pairwise(scope.levels)):
        places = [ResultKey("", scope.task, dataset, level) for level in levels]
        before = level_title(scope.task, levels[0])
        finding = Finding(
            subject=f"{better.label} − {other.label}, more than at {before}",
            verdict="not run",
            task=scope.task,
            dataset=dataset,
            level=levels[1],
            own=own,
        )
        try:
            first, second = (evidence.differences(better, other, place) for place in places)
        except MissingError as error:
            yield replace(finding, reason=f"needs {error}")
            continue
        if first[1:] != second[1:]:
            names = " and ".join(level_title(scope.task, level) for level in levels)
            yield replace(finding, reason=f"needs the same images at {names}")
            continue
        growths = second._replace(values=second.values - first.values)
        yield _judged(finding, better, other, growths, evidence)


def _judged(
    finding: Finding, better: Side, other: Side, differences: Differences, evidence: Evidence
) -> Finding:
    """`finding` with mean, interval, spreads and verdict of paired differences in dB."""
    values, rules = differences.values, evidence.rules
    by_image = values.mean(axis=2)
    num_images = by_image.shape[1]
    by_noise = values.mean(axis=(0, 1))
    finding = replace(
        finding,
        measured=float(by_image.mean()),
        num_images=num_images,
        seeds=differences.seeds,
        methods=" against ".join(evidence.spent(s, differences.seeds) for s in (better, other)),
        by_seed=tuple(by_image.mean(axis=1).tolist()),
        noise_std=float(np.std(by_noise, ddof=1)) if len(by_noise) > 1 else None,
    )
    if num_images < rules.min_images:
        few = f"{num_images} images decide nothing: at least {rules.min_images} are needed"
        return replace(finding, verdict="undecided", reason=few)
    low, high = paired_interval(by_image, rules)
    verdict = gain_verdict(low, high, rules.smallest_gain)
    return replace(finding, verdict=verdict, low=low, high=high)


def with_enough_seeds(finding: Finding, min_seeds: int) -> Finding:
    """`finding`, left undecided where it was measured with fewer training seeds."""
    num_seeds = max(len(finding.seeds), 1)  # the authors' weights are of one training, too
    if finding.measured is None or num_seeds >= min_seeds:
        return finding
    few = f"needs {min_seeds} training seeds, has {num_seeds}"
    reason = "; ".join(filter(None, [finding.reason, few]))
    return replace(finding, verdict="undecided", reason=reason)


def missing(columns: str, scope: Scope, evidence: Evidence) -> Finding:
    """Finding that a column has no method of ours, with all the places where it is needed."""
    datasets, own = evidence.datasets(scope.task, scope.datasets)
    names = listed([dataset_title(dataset) for dataset in datasets])
    return Finding(columns, "not run", scope.task, own=own, reason=f"needs {columns} on {names}")
