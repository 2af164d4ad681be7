"""Each kind of check on hand-made results: every verdict, and what is said when data lack."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from memnet.published.cells import load_published
from memnet.results.rows import ResultKey
from reports.claims.comparing import with_enough_seeds
from reports.claims.evidence import Evidence
from reports.claims.gate_checks import (
    GateLastRecursionLargest,
    GateLongTermOverShortTerm,
    GateShrinks,
    GateTasksDiffer,
)
from reports.claims.inside_checks import PredictionsGrow, SpectrumCompared
from reports.claims.judging import Check, judge_claims
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
from reports.claims.verdicts import ClaimVerdict, Finding, combined, gain_verdict, margin_verdict
from reports.pages.model import GateNorms, Report
from tests.records import changed

PUBLISHED = load_published()
SR = "super_resolution"
TASKS = (SR, "denoising", "jpeg_deblocking")
SCOPE = {"task": SR, "datasets": ("set5",), "levels": (2, 3)}
VDSR = BetterThan(better="MemNet", than=("VDSR",), **SCOPE)  # type: ignore[arg-type]
NL = BetterThan(better="MemNet", than=("MemNet_NL",), **SCOPE)  # type: ignore[arg-type]


@pytest.fixture
def report(build: Callable[..., Report]) -> Report:
    return build({SR: ("set5",), "denoising": ("s14",), "jpeg_deblocking": ("classic5",)})


def findings(check: Check, report: Report) -> list[Finding]:
    return list(check.findings(Evidence.of(report, PUBLISHED)))


def verdicts(check: Check, report: Report) -> list[ClaimVerdict]:
    return [finding.verdict for finding in findings(check, report)]


def with_psnr(report: Report, method: str, values: Any, level: int | None = None) -> Report:
    """`method` scores the degraded input plus `values`, image by image."""
    frame = report.image_psnr.copy()
    for (task, at), rows in frame[frame.method == method].groupby(["task", "level"]):
        if level in (None, at):
            base = frame[(frame.method == "input") & (frame.task == task) & (frame.level == at)]
            gains = np.repeat(np.broadcast_to(values, 6), len(rows) // 6)
            frame.loc[rows.index, "psnr"] = base.psnr.to_numpy() + gains
    return replace(report, image_psnr=frame)


def with_record(report: Report, method: str, **changes: Any) -> Report:
    records = (changed(r, **changes) if r.method == method else r for r in report.records)
    return replace(report, records=tuple(records))


def repeated(report: Report, method: str, seed: int) -> Report:
    """`method` trained once more with another seed, under another name."""
    name = f"{method}-{seed}"
    record = next(record for record in report.records if record.method == method)
    again = changed(record, method=name, experiment={"seed": seed})
    grid = [place for place in report.grid if place.method == method]
    frames = {
        key: pd.concat([frame, frame[frame.method == method].assign(method=name)])
        for key, frame in (("summary", report.summary), ("image_psnr", report.image_psnr))
    }
    return replace(
        report,
        records=(*report.records, again),
        grid=(*report.grid, *(place._replace(method=name) for place in grid)),
        summary=frames["summary"].reset_index(drop=True),
        image_psnr=frames["image_psnr"].reset_index(drop=True),
    )


# Rules


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((0.001, 0.2), "reproduced"),
        ((0.0, 0.2), "undecided"),
        ((-0.1, 0.2), "undecided"),
        ((-0.1, 0.01), "undecided"),
        ((-0.1, 0.009), "not reproduced"),
        ((0.001, 0.009), "not reproduced"),  # surely positive, and too small to be printed
        ((-0.2, -0.1), "not reproduced"),
    ],
)
def test_verdict_of_an_interval(interval: tuple[float, float], verdict: ClaimVerdict) -> None:
    assert gain_verdict(*interval, smallest_gain=0.01) == verdict


def test_verdict_of_margins() -> None:
    assert margin_verdict([0.03, 0.5], 0.02) == "reproduced"
    assert margin_verdict([0.01, 0.5], 0.02) == "undecided"
    assert margin_verdict([-0.03, 0.5], 0.02) == "not reproduced"


def test_one_contradiction_is_enough() -> None:
    assert combined(["reproduced", "undecided", "not run", "not reproduced"]) == "not reproduced"
    assert combined(["reproduced", "undecided", "not run"]) == "not run"
    assert combined(["reproduced", "undecided"]) == "undecided"
    assert combined(["reproduced", "reproduced"]) == "reproduced"
    assert combined([]) == "nothing to check"


# PSNR


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([1.1, 1.2, 1.3, 1.1, 1.2, 1.3], "reproduced"),
        ([0.5, 1.5, 0.9, 1.1, 0.9, 1.2], "undecided"),
        ([0.9, 0.8, 0.9, 0.8, 0.9, 0.8], "not reproduced"),
    ],
)
def test_better_than(report: Report, gains: list[float], verdict: ClaimVerdict) -> None:
    report = with_psnr(with_psnr(report, "vdsr-sr", 1.0), "memnet-sr", gains)
    found = findings(VDSR, report)
    assert [(f.verdict, f.dataset, f.level) for f in found] == [
        (verdict, "set5", 2),
        (verdict, "set5", 3),
    ]
    assert found[0].measured == pytest.approx(np.mean(gains) - 1)
    assert found[0].low is not None and found[0].high is not None
    assert found[0].low < found[0].measured < found[0].high  # type: ignore[operator]
    assert (found[0].num_images, found[0].seeds, found[0].own) == (6, (0,), False)
    assert found[0].methods == "memnet-sr (300 steps) against vdsr-sr (300 steps)"


def test_differences_are_paired_by_image(report: Report) -> None:
    report = with_psnr(with_psnr(report, "vdsr-sr", [0, 9, 3, 5, 2, 7]), "memnet-sr", 0)
    gains = [0.1, 9.2, 3.1, 5.2, 2.1, 7.2]
    shuffled = with_psnr(report, "memnet-sr", gains).image_psnr.sample(frac=1, random_state=1)
    assert verdicts(VDSR, replace(report, image_psnr=shuffled)) == ["reproduced", "reproduced"]


def test_a_missing_method_dataset_or_level_is_named(report: Report, bundled: Report) -> None:
    columns = {k: v for k, v in report.columns.items() if k != "MemNet_NL"}
    [found] = findings(NL, replace(report, columns=columns))
    assert (found.verdict, found.reason) == ("not run", "needs MemNet_NL on Set5")
    wide = VDSR.model_copy(update={"datasets": ("set5", "set14"), "levels": (2, 8)})
    assert [f.reason for f in findings(wide, with_psnr(report, "memnet-sr", 9))] == [
        None,
        "needs MemNet on Set5 ×8",
        "needs MemNet and VDSR on Set14",
    ]
    [found] = findings(VDSR, replace(report, columns={}))
    assert found.reason == "needs MemNet on Set5"
    several = VDSR.model_copy(update={"than": ("SRCNN", "DRRN", "RED")})
    assert [f.reason for f in findings(several, bundled)] == [
        "needs SRCNN, DRRN and RED on Bundled photographs"
    ]


@pytest.mark.parametrize("lost", ["summary", "image_psnr"])
def test_a_missing_result_is_not_run(report: Report, lost: str) -> None:
    frame = getattr(report, lost)
    kept = frame[(frame.method != "vdsr-sr") | (frame.level != 3)]
    found = findings(VDSR, replace(with_psnr(report, "memnet-sr", 9), **{lost: kept}))
    assert [f.reason for f in found][1] == "needs VDSR on Set5 ×3"
    assert found[1].verdict == "not run"


def test_other_images_are_not_compared(report: Report) -> None:
    frame = report.image_psnr
    kept = frame[(frame.method != "vdsr-sr") | (frame.image != "image-3")]
    found = findings(VDSR, replace(report, image_psnr=kept))
    assert {f.reason for f in found} == {"needs MemNet and VDSR on the same images"}


def test_an_infinite_psnr_is_not_averaged(report: Report) -> None:
    report = with_psnr(report, "memnet-sr", [np.inf, 1, 1, 1, 1, 1], level=2)
    assert findings(VDSR, report)[0].reason == "needs a finite PSNR of every image on Set5 ×2"


def test_own_images_stand_in_and_are_marked(bundled: Report) -> None:
    found = findings(VDSR, with_psnr(bundled, "memnet-sr", 9))
    assert [(f.verdict, f.dataset, f.own) for f in found] == [
        ("reproduced", "bundled-test", True),
        ("reproduced", "bundled-test", True),
    ]


def test_few_images_decide_nothing(report: Report) -> None:
    report = with_psnr(report, "memnet-sr", 9)
    rules = report.claim_rules.model_copy(update={"min_images": 7})
    [found, _] = findings(VDSR, replace(report, claim_rules=rules))
    assert (found.verdict, found.low) == ("undecided", None)
    assert found.reason == "6 images decide nothing: at least 7 are needed"


def test_levels_that_a_method_does_not_restore_are_left_out(report: Report) -> None:
    grid = tuple(p for p in report.grid if (p.method, p.level) != ("vdsr-sr", 3))
    found = findings(VDSR, replace(with_psnr(report, "memnet-sr", 9), grid=grid))
    assert [f.level for f in found] == [2]


def test_noise_seeds_are_averaged_and_their_spread_is_shown(report: Report) -> None:
    check = OneNetworkPerTask(
        column="MemNet", task="denoising", datasets=("s14",), levels=(30, 50, 70)
    )
    frame = with_psnr(report, "memnet-denoise", 1.0).image_psnr
    frame.loc[frame.method == "memnet-denoise", "psnr"] += 0.1 * frame.seed
    found = findings(check, replace(report, image_psnr=frame))
    assert [f.verdict for f in found] == ["reproduced"] * 3
    assert found[0].measured == pytest.approx(1.1)
    assert found[0].noise_std == pytest.approx(0.1)  # of 1.0, 1.1 and 1.2


def test_training_seeds_are_paired_and_shown(report: Report) -> None:
    report = repeated(repeated(report, "memnet-sr", 1), "memnet-nl-sr", 1)
    report = repeated(report, "memnet-sr", 2)  # has no counterpart
    gains = {"memnet-sr": 1.3, "memnet-sr-1": 1.5, "memnet-nl-sr": 1.0, "memnet-nl-sr-1": 1.1}
    for method, gain in gains.items():
        report = with_psnr(report, method, gain)
    [found, _] = findings(NL, report)
    assert found.seeds == (0, 1)
    assert found.by_seed == pytest.approx((0.3, 0.4))
    assert found.measured == pytest.approx(0.35)
    assert (found.low, found.high) == (pytest.approx(0.3), pytest.approx(0.4))
    assert found.methods == (
        "memnet-sr, memnet-sr-1 (300 steps) against memnet-nl-sr, memnet-nl-sr-1 (300 steps)"
    )


def test_a_method_without_seed_stands_against_every_seed(report: Report) -> None:
    report = with_record(repeated(report, "memnet-sr", 1), "vdsr-sr", kind="converted")
    assert findings(VDSR, report)[0].seeds == (0, 1)


def test_runs_that_differ_in_more_than_the_seed_are_no_repetition(report: Report) -> None:
    report = repeated(report, "memnet-sr", 1)
    other = with_record(report, "memnet-sr-1", experiment={"learning_rate": 0.5})
    assert findings(VDSR, other)[0].seeds == (0,)


def test_a_common_training_seed_is_needed(report: Report) -> None:
    found = findings(NL, with_record(report, "memnet-nl-sr", experiment={"seed": 7}))
    assert found[0].reason == "needs MemNet and MemNet_NL with the same training seed"


def test_order_needs_several_seeds(report: Report) -> None:
    columns = ("MemNet", "MemNet_NS", "MemNet_NL")
    check = Order(columns=columns, min_seeds=2, task=SR, datasets=("set5",), levels=(3,))
    for method, gain in {"memnet-sr": 3, "memnet-ns-sr": 2, "memnet-nl-sr": 1}.items():
        report = with_psnr(report, method, gain)
    found = findings(check, report)
    assert [f.subject for f in found] == ["MemNet − MemNet_NS", "MemNet_NS − MemNet_NL"]
    assert [f.verdict for f in found] == ["undecided"] * 2
    assert found[0].reason == "needs 2 training seeds, has 1"
    assert verdicts(check.model_copy(update={"min_seeds": 1}), report) == ["reproduced"] * 2
    for method in ("memnet-sr", "memnet-ns-sr", "memnet-nl-sr"):
        report = repeated(report, method, 1)
    assert verdicts(check, report) == ["reproduced"] * 2
    swapped = check.model_copy(update={"columns": ("MemNet", "MemNet_NL", "MemNet_NS")})
    assert verdicts(swapped, report) == ["reproduced", "not reproduced"]
    lacking = {k: v for k, v in report.columns.items() if k != "MemNet_NS"}
    assert [f.reason for f in findings(check, replace(report, columns=lacking))] == [
        "needs MemNet_NS on Set5"
    ] * 2


def test_seeds_of_what_was_not_measured_are_not_counted() -> None:
    finding = Finding("a", "not run", reason="needs a")
    assert with_enough_seeds(finding, 3) == finding


def test_gain_grows_with_level(report: Report) -> None:
    check = GainGrowsWithLevel(
        better="MemNet", than="VDSR", task=SR, datasets=("set5",), levels=(2, 3, 4)
    )
    report = with_psnr(report, "vdsr-sr", 1.0)
    for level, gain in ((2, 1.1), (3, 1.2), (4, 1.15)):
        report = with_psnr(report, "memnet-sr", gain, level=level)
    found = findings(check, report)
    assert [f.verdict for f in found] == ["reproduced", "not reproduced"]
    assert [f.measured for f in found] == pytest.approx([0.1, -0.05])
    assert found[0].subject == "MemNet − VDSR, more than at ×2"
    unsure = with_psnr(report, "memnet-sr", [1.3, 0.9, 1.4, 1.0, 1.2, 1.0], level=3)
    assert verdicts(check, unsure)[0] == "undecided"
    red = check.model_copy(update={"than": "RED"})
    assert [f.reason for f in findings(red, report)] == ["needs RED on Set5"]
    frame = report.image_psnr
    kept = frame[(frame.level != 3) | (frame.image != "image-3")]
    fewer = findings(check, replace(report, image_psnr=kept))
    assert fewer[0].reason == "needs the same images at ×2 and ×3"


def family(report: Report, **networks: tuple[int, int]) -> Report:
    """Methods of the report as networks with these M and R, alike in all else."""
    base = next(record for record in report.records if record.method == "memnet-sr")
    assert base.network is not None
    for method, (blocks, recursions) in networks.items():
        name = method.replace("_", "-")
        size = {"num_memory_blocks": blocks, "num_recursions": recursions}
        report = with_record(report, name, network=base.network.model_dump() | size)
    return report


def test_deeper_is_better(report: Report) -> None:
    check = DeeperIsBetter(
        column="MemNet", networks=("M4R6", "M6R6", "M6R8"), task=SR, datasets=("set5",), levels=(3,)
    )
    named = family(report, memnet_ns_sr=(4, 6), memnet_sr=(6, 6), memnet_nl_sr=(6, 8))
    for method, gain in {"memnet-ns-sr": 1, "memnet-sr": 2, "memnet-nl-sr": 1.5}.items():
        named = with_psnr(named, method, gain)
    found = findings(check, named)
    assert [(f.subject, f.verdict) for f in found] == [
        ("M6R6 − M4R6", "reproduced"),
        ("M6R8 − M6R6", "not reproduced"),
    ]
    without = family(report, memnet_ns_sr=(4, 6), memnet_sr=(6, 6))
    assert findings(check, without)[1].reason == "needs M6R8 on Set5"
    own = with_psnr(family(report, memnet_ns_sr=(2, 3)), "memnet-sr", [2, 3, 2, 3, 2, 3])
    [found_own] = findings(
        check.model_copy(update={"networks": ("M4R6", "M6R6")}), only_family(own)
    )
    assert (found_own.subject, found_own.verdict) == ("M3R3 − M2R3", "reproduced")


def only_family(report: Report) -> Report:
    """Without the network that would be a third of the same depth."""
    grid = tuple(place for place in report.grid if place.method != "memnet-nl-sr")
    return replace(report, grid=grid)


def test_deeper_needs_two_depths(report: Report) -> None:
    check = DeeperIsBetter(
        column="MemNet", networks=("M4R6", "M6R6"), task=SR, datasets=("set5",), levels=(3,)
    )
    for other in (replace(report, columns={}), only_family(report)):
        [found] = findings(check, other)
        assert found.reason == "needs networks of two depths that differ in nothing else"


def test_one_network_per_task(report: Report) -> None:
    check = OneNetworkPerTask(column="MemNet", task=SR, datasets=("set5",), levels=(2, 3, 4))
    report = with_psnr(report, "memnet-sr", 0.5)
    assert verdicts(check, report) == ["reproduced"] * 3
    assert verdicts(check, with_psnr(report, "memnet-sr", -1, level=4))[2] == "not reproduced"
    for changes in ({"training_set": {"levels": [2]}}, {"training_set": {"levels": [3]}}):
        [found] = findings(check, with_record(report, "memnet-sr", **changes))
        assert found.reason == "needs one network for ×2, ×3 and ×4"
    [found] = findings(check, replace(report, columns={}))
    assert found.reason == "needs MemNet on Set5"


# Networks


def m6r6(report: Report, **changes: Any) -> Report:
    size = {"num_memory_blocks": 6, "num_recursions": 6, "num_features": 64}
    return with_record(report, "memnet-sr", network={**size, **changes}, num_conv_weights=676_992)


def test_depth(report: Report) -> None:
    check = Depth(
        column="MemNet", task=SR, network="M6R6", depth=80, deeper_than=("VDSR", "DRCN", "RED")
    )
    [found] = findings(check, m6r6(report))
    assert (found.verdict, found.measured) == ("reproduced", 80)
    assert verdicts(check.model_copy(update={"depth": 81}), m6r6(report)) == ["not reproduced"]
    [found] = findings(check, report)
    assert found.verdict == "not run"
    assert found.reason == "needs M6R6; memnet-sr is M3R3, 23 convolutions"
    [found] = findings(check, replace(report, columns={}))
    assert found.reason == "needs MemNet for super-resolution"


def test_no_verdict_rests_on_a_recalled_depth(report: Report) -> None:
    table = PUBLISHED.tables[2]
    vdsr = table.rows[0]
    unsure = vdsr.depth.model_copy(update={"confidence": "recalled"})
    rows = (vdsr.model_copy(update={"depth": unsure}), *table.rows[1:])
    changed_table = table.model_copy(update={"rows": rows})
    published = replace(PUBLISHED, tables={**PUBLISHED.tables, 2: changed_table})
    check = Depth(column="MemNet", task=SR, network="M6R6", depth=80, deeper_than=("VDSR",))
    [found] = check.findings(Evidence.of(m6r6(report), published))
    assert found.reason == "needs the depth of VDSR, which no source confirms"


def test_parameters(report: Report) -> None:
    check = Parameters(column="MemNet_basic_91", task=SR, network="M6R6")
    shown = replace(report, columns={"MemNet_basic_91": {SR: "memnet-sr"}})
    [found] = findings(check, m6r6(shown))
    assert (found.verdict, found.measured) == ("reproduced", 676_992)
    more = with_record(m6r6(shown), "memnet-sr", num_conv_weights=700_000)
    assert verdicts(check, more) == ["not reproduced"]
    assert verdicts(check, report) == ["not run"]


def test_one_weight_per_map(report: Report) -> None:
    check = OneWeightPerMap(column="MemNet", tasks=(SR, "denoising"))
    gates = GateNorms(tuple(np.ones(64 * (m + 6)) for m in range(1, 7)), 64, 6, True, True)
    counted = replace(m6r6(report), gate_norms={"memnet-sr": gates})
    found = findings(check, counted)
    assert [f.verdict for f in found] == ["reproduced", "not run"]
    assert found[0].measured == 233_472  # what the paper's 677K leave for the gates
    more = with_record(counted, "memnet-sr", num_conv_weights=676_993)
    assert verdicts(check, more)[0] == "not reproduced"


def test_one_architecture(report: Report) -> None:
    check = OneArchitecture(column="MemNet", tasks=TASKS)
    assert verdicts(check, report) == ["reproduced"]
    assert verdicts(check, m6r6(report)) == ["not reproduced"]
    assert verdicts(check, replace(report, columns={})) == ["not run"]


def history(psnr: list[float], loss: float = 0.1) -> pd.DataFrame:
    columns = {"loss": loss, "validation_psnr": psnr, "validation_input_psnr": 30.0}
    return pd.DataFrame({"step": range(len(psnr)), **columns})


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        (history([30.1, 30.5, 30.45]), "reproduced"),
        (history([30.1, 30.5, 30.3]), "undecided"),
        (history([30.5, 30.6, 29.9]), "not reproduced"),
        (history([30.1, 30.5], loss=np.inf), "not reproduced"),
        (history([np.nan, np.nan]), "not run"),
    ],
)
def test_converges(report: Report, curve: pd.DataFrame, verdict: ClaimVerdict) -> None:
    basic = with_record(report, "memnet-sr", network={"multi_supervised": False})
    assert verdicts(Converges(task=SR), replace(basic, histories={"memnet-sr": curve})) == [verdict]


def test_convergence_needs_a_basic_network(report: Report) -> None:
    [found] = findings(Converges(task=SR), report)
    assert found.reason == "needs a MemNet without multi-supervision"


# Gates


def gates(*blocks: tuple[float, float, float], spread: float = 0.1) -> GateNorms:
    """Gates with these mean norms: long-term, recursions 1 to R−1, last recursion."""
    norms = []
    for number, means in enumerate(blocks, 1):
        sizes = (4 * number, 4 * 2, 4)
        ripple = spread * np.tile([-1, 1], sum(sizes) // 2) / number
        norms.append(np.repeat(means, sizes) + ripple)
    return GateNorms(tuple(norms), 4, 3, long_term=True, short_term=True)


def with_gates(report: Report, norms: GateNorms) -> Report:
    return replace(report, gate_norms=dict.fromkeys(("memnet-sr", "memnet-denoise"), norms))


@pytest.mark.parametrize(
    ("norms", "verdict"),
    [
        (gates((1, 1, 2), (1, 1.5, 2)), "reproduced"),
        (gates((1, 1, 2), (1, 1.99, 2)), "undecided"),
        (gates((1, 1, 2), (3, 1, 2)), "not reproduced"),
    ],
)
def test_gate_last_recursion(report: Report, norms: GateNorms, verdict: ClaimVerdict) -> None:
    check = GateLastRecursionLargest(column="MemNet", tasks=TASKS)
    found = findings(check, with_gates(report, norms))
    assert [f.verdict for f in found] == [verdict, verdict, "not run"]
    assert found[2].reason == "needs MemNet for JPEG deblocking"


@pytest.mark.parametrize(
    ("norms", "verdict"),
    [
        (gates((1, 2, 1), (2, 1, 1)), "reproduced"),  # the first block is not late
        (gates((1, 2, 1), (2, 1.99, 1)), "undecided"),
        (gates((2, 1, 1), (1, 2, 1)), "not reproduced"),
    ],
)
def test_gate_long_term(report: Report, norms: GateNorms, verdict: ClaimVerdict) -> None:
    check = GateLongTermOverShortTerm(column="MemNet", tasks=(SR,))
    assert verdicts(check, with_gates(report, norms)) == [verdict]


@pytest.mark.parametrize(
    ("norms", "verdict"),
    [
        (gates((3, 3, 3), (2, 2, 2), (1, 1, 1)), "reproduced"),
        (gates((3, 3, 3), (2, 2, 2), (1.99, 1.99, 1.99)), "undecided"),
        (gates((3, 3, 3), (2, 2, 2), (4, 4, 4)), "not reproduced"),
        (gates((3, 3, 3)), "not run"),
    ],
)
def test_gate_mean_shrinks(report: Report, norms: GateNorms, verdict: ClaimVerdict) -> None:
    check = GateShrinks(statistic="mean", column="MemNet", tasks=(SR,))
    assert verdicts(check, with_gates(report, norms)) == [verdict]


def test_gate_variance_shrinks(report: Report) -> None:
    check = GateShrinks(statistic="variance", column="MemNet", tasks=(SR,))
    level = gates((1, 1, 1), (2, 2, 2), (3, 3, 3))  # the ripple alone, which becomes smaller
    assert verdicts(check, with_gates(report, level)) == ["reproduced"]
    steep = gates((1, 1, 1), (1, 1, 9))
    assert verdicts(check, with_gates(report, steep)) == ["not reproduced"]


def test_gates_without_a_group_are_not_judged(report: Report) -> None:
    norms = replace(gates((1, 1, 2)), long_term=False)
    [found] = findings(
        GateLastRecursionLargest(column="MemNet", tasks=(SR,)), with_gates(report, norms)
    )
    assert found.reason == (
        "needs MemNet for super-resolution with long-term and short-term connections"
    )


def test_every_training_seed_is_judged(report: Report) -> None:
    report = repeated(report, "memnet-sr", 1)
    norms = {"memnet-sr": gates((1, 1, 2)), "memnet-sr-1": gates((2, 1, 1))}
    check = GateLastRecursionLargest(column="MemNet", tasks=(SR,))
    found = findings(check, replace(report, gate_norms=norms))
    assert sorted((f.seeds, f.verdict) for f in found) == [
        ((0,), "reproduced"),
        ((1,), "not reproduced"),
    ]


def test_gates_of_tasks_differ_by_more_than_those_of_seeds(report: Report) -> None:
    check = GateTasksDiffer(column="MemNet", tasks=(SR, "denoising"))
    report = with_gates(report, gates((1, 1, 2)))
    [found] = findings(check, report)
    assert found.reason == "needs two training seeds of one task, to tell tasks from seeds"
    [found] = findings(check.model_copy(update={"tasks": TASKS}), report)
    assert found.reason == "needs MemNet for JPEG deblocking"
    report = repeated(report, "memnet-sr", 1)

    def judged(second: GateNorms, other_task: GateNorms) -> list[ClaimVerdict]:
        norms = {"memnet-sr": gates((1, 1, 2)), "memnet-sr-1": second, "memnet-denoise": other_task}
        return verdicts(check, replace(report, gate_norms=norms))

    near, far = gates((1, 1.1, 2)), gates((2, 1, 1))
    assert judged(near, far) == ["reproduced"]
    assert judged(far, near) == ["not reproduced"]
    assert judged(near, gates((1, 1, 2), (1, 1, 2))) == ["not run"]


# All claims


def test_without_results_nothing_is_judged(report: Report) -> None:
    nothing = replace(
        report,
        summary=report.summary.iloc[:0],
        image_psnr=report.image_psnr.iloc[:0],
        grid=(),
        records=(),
        gate_norms={},
        histories={},
        probes=(),
    )
    for judged in judge_claims(nothing, PUBLISHED):
        expected = "not run" if judged.claim.checks else "nothing to check"
        assert judged.verdict == expected
        assert all(finding.reason for finding in judged.findings)


def test_two_judgements_are_equal(report: Report) -> None:
    assert judge_claims(report, PUBLISHED) == judge_claims(report, PUBLISHED)


def test_places_of_the_report_are_plain(report: Report) -> None:
    places = Evidence.of(report, PUBLISHED).psnr
    assert all(isinstance(place, ResultKey) for place in places)


# Inside the network


def probe(method: str, *, psnr: Sequence[float] = (), spectra: Any = ((0,), (0,))) -> Any:
    """What was found inside a network, at one level of one dataset."""
    found = {"psnr": [*psnr, 40.0], "spectra": [*map(list, spectra), [0.0] * len(spectra[0])]}
    return {
        "method": method, "benchmark": "sr-set5", "task": SR, "dataset": "set5", "num_images": 5,
        "spectra_of": "bird", "multiply_adds": [1, 2, 3], "levels": {"2": found},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("psnr", "verdict"),
    [
        ((30.0, 30.5, 30.52), "reproduced"),
        ((30.0, 30.5, 30.5), "undecided"),
        ((30.0, 30.5, 30.4), "not reproduced"),
    ],
)
def test_predictions_grow(report: Report, psnr: tuple[float, ...], verdict: ClaimVerdict) -> None:
    known = replace(report, probes=(probe("memnet-sr", psnr=psnr),))
    [found] = findings(PredictionsGrow(column="MemNet", task=SR), known)
    assert (found.verdict, found.dataset, found.level) == (verdict, "set5", 2)
    assert found.measured == pytest.approx(min(np.diff(psnr)))


MIDDLE = SpectrumCompared(
    column="MemNet",
    block="last",
    than="MemNet_NL",
    than_block="early",
    band="middle",
    relation="more",
    task=SR,
)


@pytest.mark.parametrize(
    ("relation", "band", "difference", "verdict"),
    [
        ("more", "middle", 0.02, "reproduced"),
        ("more", "middle", 0.005, "undecided"),
        ("more", "middle", -0.02, "not reproduced"),
        ("same", "middle", 0.005, "reproduced"),
        ("same", "middle", -0.02, "not reproduced"),
        ("more", "high", 0.02, "undecided"),
        ("same", "high", 0.02, "reproduced"),
    ],
)
def test_spectra_are_compared_in_their_band(
    report: Report, relation: Any, band: Any, difference: float, verdict: ClaimVerdict
) -> None:
    """The middle third of the last of three blocks is `difference` above the second one of NL."""
    spectrum = (1.0, 1.0, 1.0 + difference, 1.0 + difference, 1.0, 1.0)
    flat, other = (1.0,) * 6, (7.0,) * 6
    known = replace(
        report,
        probes=(
            probe("memnet-sr", spectra=(other, other, spectrum)),
            probe("memnet-nl-sr", spectra=(other, flat, other)),
        ),
    )
    [found] = findings(MIDDLE.model_copy(update={"relation": relation, "band": band}), known)
    assert found.verdict == verdict
    assert found.measured == pytest.approx(10 * difference if band == "middle" else 0)
    assert found.methods == "memnet-sr against memnet-nl-sr"


def test_spectra_of_other_images_are_not_compared(report: Report) -> None:
    other = probe("memnet-nl-sr") | {"benchmark": "sr-set14"}
    known = replace(report, probes=(probe("memnet-sr"), other))
    [found] = findings(MIDDLE, known)
    assert found.verdict == "not run"
    assert found.reason == "needs MemNet and MemNet_NL on the same images"


@pytest.mark.parametrize("check", [PredictionsGrow(column="MemNet", task=SR), MIDDLE])
def test_predictions_that_were_not_looked_at(report: Report, check: Check) -> None:
    [found] = findings(check, replace(report, probes=()))
    assert found.verdict == "not run"
    assert found.reason == "needs the predictions of the blocks of MemNet"
