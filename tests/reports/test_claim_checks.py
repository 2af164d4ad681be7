"""Each kind of check on hand-made results: every verdict, and what is said when data lack."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from memnet.published.cells import load_published
from memnet.results.rows import ResultKey
from reports.claims.evidence import Evidence
from reports.claims.gate_checks import GateMargin, GateTasksDiffer
from reports.claims.inside_checks import PredictionsGrow, SpectrumCompared
from reports.claims.judging import Check, judge_claims
from reports.claims.network_checks import ByConstruction, Converges, OneArchitecture
from reports.claims.psnr_checks import BetterThan, GainGrowsWithLevel, OneNetworkPerTask
from reports.claims.verdicts import Bar, ClaimVerdict, Finding, combined, seed_interval, settled
from reports.pages.model import GateNorms, Report
from tests.records import changed
from tests.reports.conftest import RULES

PUBLISHED = load_published()
SR = "super_resolution"
TASKS = (SR, "denoising", "jpeg_deblocking")
SCOPE = {"task": SR, "datasets": ("set5",), "levels": (2, 3)}
VDSR = BetterThan(better="MemNet", than=("VDSR",), **SCOPE)  # type: ignore[arg-type]
NL = BetterThan(better="MemNet", than=("MemNet_NL",), **SCOPE)  # type: ignore[arg-type]
M6R6 = {"num_memory_blocks": 6, "num_recursions": 6, "num_features": 64}
SIZES = {"memnet": M6R6, "vdsr": {"depth": 20, "num_features": 64}}
SIZES["drcn"] = {"num_recursions": 16, "num_features": 256}
SEEDS = (0, 1, 2)


@pytest.fixture
def single(build: Callable[..., Report]) -> Report:
    """Small networks of one training seed, on the paper's images."""
    return build({SR: ("set5",), "denoising": ("s14",), "jpeg_deblocking": ("classic5",)})


@pytest.fixture
def report(single: Report) -> Report:
    """Networks of the paper's size and of three training seeds, on the paper's images."""
    return decisive(single)


def decisive(report: Report) -> Report:
    for record in report.records:
        report = with_record(report, record.method, network=SIZES[record.what])
    for record in report.records:
        for seed in SEEDS[1:]:
            report = repeated(report, record.method, seed)
    return report


def findings(check: Check, report: Report) -> list[Finding]:
    return list(check.findings(Evidence.of(report, PUBLISHED)))


def verdicts(check: Check, report: Report) -> list[ClaimVerdict]:
    return [finding.verdict for finding in findings(check, report)]


def with_psnr(
    report: Report, method: str, values: Any, *, level: int | None = None, seeds: Any = SEEDS
) -> Report:
    """`method` scores the degraded input plus `values`, image by image, with these seeds."""
    frame = report.image_psnr.copy()
    names = [method if seed == 0 else f"{method}-{seed}" for seed in seeds]
    for (_, task, at), rows in frame[frame.method.isin(names)].groupby(["method", "task", "level"]):
        if level in (None, at):
            base = frame[(frame.method == "input") & (frame.task == task) & (frame.level == at)]
            gains = np.repeat(np.broadcast_to(values, 6), len(rows) // 6)
            frame.loc[rows.index, "psnr"] = base.psnr.to_numpy() + gains
    return replace(report, image_psnr=frame)


def with_seeds(report: Report, method: str, gains: Sequence[float], **where: Any) -> Report:
    for seed, gain in enumerate(gains):
        report = with_psnr(report, method, gain, seeds=[seed], **where)
    return report


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


# The rule


def rule(values: Sequence[float], *, trained: bool = True, stand_in: str = "") -> Finding:
    nothing = Finding("a", "not run")
    return settled(nothing, values, Bar(0, 0.01), RULES, trained=trained, stand_in=stand_in)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.10, 0.11, 0.12], "reproduced"),
        ([0.00, 0.11, 0.12], "undecided"),
        ([-0.10, -0.11, -0.12], "not reproduced"),
        ([0.004, 0.005, 0.006], "not reproduced"),  # surely positive, and too small to be printed
        ([0.1, 0.1], "undecided"),
        ([0.1], "undecided"),
    ],
)
def test_verdict_of_several_trainings(values: list[float], verdict: ClaimVerdict) -> None:
    assert rule(values).verdict == verdict


def test_few_seeds_and_stand_ins_say_so() -> None:
    assert rule([0.1]).reason == "1 seed, needs 3"
    assert rule([0.1, 0.2]).reason == "2 seeds, needs 3"
    found = rule([0.1, 0.11, 0.12], stand_in="other images")
    assert (found.verdict, found.reason) == ("stand-in", "other images")
    assert found.measured == pytest.approx(0.11)


def test_what_was_not_trained_here_is_decided_by_its_number() -> None:
    assert rule([0.02], trained=False).verdict == "reproduced"
    assert rule([-0.02], trained=False).verdict == "not reproduced"
    assert rule([0.02], trained=False).by_seed == ()


def test_interval_is_that_of_student() -> None:
    # t of 0.975 and two degrees of freedom is 4.3027 (any table), the standard error 0.1 / sqrt 3.
    low, high = seed_interval([0.9, 1.0, 1.1], 0.95)
    assert (low, high) == pytest.approx((1 - 0.24842, 1 + 0.24842), abs=1e-5)
    assert seed_interval([0.5], 0.95) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("gain", "allowed"), [(0.0, {"undecided": 900}), (1.0, {"reproduced": 990})]
)
def test_noise_of_seeds_seldom_makes_a_verdict(gain: float, allowed: dict[str, int]) -> None:
    # 1,000 reports of three trainings each, whose PSNR varies by 0.05 dB between seeds.
    rng = np.random.default_rng(0)
    found = [rule(list(gain + 0.05 * rng.standard_normal(3))).verdict for _ in range(1000)]
    for verdict, least in allowed.items():
        assert found.count(verdict) >= least


def test_noise_of_seeds_changes_no_verdict_of_single_trainings(
    single: Report, bundled: Report
) -> None:
    """What two processors make of one profile differs by such noise, and is judged the same."""
    rng = np.random.default_rng(1)

    def judged(report: Report) -> list[ClaimVerdict]:
        frame = report.image_psnr.copy()
        for _, rows in frame[frame.method != "input"].groupby(["method", "level"]):
            frame.loc[rows.index, "psnr"] += 0.3 * rng.standard_normal()
        noisy = replace(report, image_psnr=frame)
        return [entry.verdict for entry in judge_claims(noisy, PUBLISHED)]

    for report in (single, bundled):
        first = judged(report)
        assert {"reproduced", "not reproduced"}.isdisjoint(first)
        assert all(judged(report) == first for _ in range(4))


def test_one_contradiction_is_enough() -> None:
    assert combined(["reproduced", "undecided", "not run", "not reproduced"]) == "not reproduced"
    assert combined(["reproduced", "undecided", "not run"]) == "not run"
    assert combined(["reproduced", "stand-in", "undecided"]) == "undecided"
    assert combined(["by construction", "stand-in"]) == "stand-in"
    assert combined(["by construction", "reproduced"]) == "reproduced"
    assert combined(["by construction"]) == "by construction"
    assert combined([]) == "nothing to check"


# PSNR


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([1.10, 1.11, 1.12], "reproduced"),
        ([0.90, 1.10, 1.20], "undecided"),
        ([0.90, 0.91, 0.92], "not reproduced"),
    ],
)
def test_better_than(report: Report, gains: list[float], verdict: ClaimVerdict) -> None:
    report = with_seeds(with_psnr(report, "vdsr-sr", 1.0), "memnet-sr", gains)
    found = findings(VDSR, report)
    assert [(f.verdict, f.dataset, f.level) for f in found] == [
        (verdict, "set5", 2),
        (verdict, "set5", 3),
    ]
    assert found[0].measured == pytest.approx(np.mean(gains) - 1)
    assert found[0].by_seed == pytest.approx([gain - 1 for gain in gains])
    assert found[0].low is not None and found[0].high is not None
    assert found[0].low < found[0].measured < found[0].high  # type: ignore[operator]
    assert found[0].num_images == 6
    assert found[0].methods == (
        "memnet-sr, memnet-sr-1, memnet-sr-2 (300 steps) against "
        "vdsr-sr, vdsr-sr-1, vdsr-sr-2 (300 steps)"
    )


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


def test_other_images_and_other_sizes_stand_in(single: Report, bundled: Report) -> None:
    for report, reason in (
        (single, "other size"),
        (bundled, "other images, other size"),
        (decisive(bundled), "other images"),
    ):
        found = findings(VDSR, with_psnr(report, "memnet-sr", 9))
        assert [(f.verdict, f.reason) for f in found] == [("stand-in", reason)] * 2


def test_another_kind_of_network_stands_in(report: Report) -> None:
    check = VDSR.model_copy(update={"better": "M6R6", "than": ("MemNet_NL",)})
    for method, verdict in (("memnet-sr", "reproduced"), ("vdsr-sr", "stand-in")):
        columns = {**report.columns, "M6R6": {SR: method}}
        gained = with_psnr(replace(report, columns=columns), method, 9)
        assert verdicts(check, gained) == [verdict] * 2


def test_levels_that_a_method_does_not_restore_are_left_out(report: Report) -> None:
    grid = tuple(p for p in report.grid if (p.method, p.level) != ("vdsr-sr", 3))
    found = findings(VDSR, replace(with_psnr(report, "memnet-sr", 9), grid=grid))
    assert [f.level for f in found] == [2]


def test_noise_seeds_are_averaged_and_their_spread_is_shown(report: Report) -> None:
    check = OneNetworkPerTask(
        column="MemNet", task="denoising", datasets=("s14",), levels=(30, 50, 70)
    )
    frame = with_psnr(report, "memnet-denoise", 1.0).image_psnr
    frame.loc[frame.method.str.startswith("memnet-denoise"), "psnr"] += 0.1 * frame.seed
    found = findings(check, replace(report, image_psnr=frame))
    assert [f.verdict for f in found] == ["reproduced"] * 3
    assert found[0].measured == pytest.approx(1.1)
    assert found[0].noise_std == pytest.approx(0.1)  # of 1.0, 1.1 and 1.2


def test_only_common_training_seeds_are_paired(single: Report) -> None:
    report = repeated(repeated(single, "memnet-sr", 1), "memnet-nl-sr", 1)
    report = repeated(report, "memnet-sr", 2)  # has no counterpart
    report = with_seeds(report, "memnet-sr", [1.3, 1.5, 9])
    [found, _] = findings(NL, with_seeds(report, "memnet-nl-sr", [1.0, 1.1]))
    assert found.by_seed == pytest.approx((0.3, 0.4))


def test_a_method_without_seed_stands_against_every_seed(report: Report) -> None:
    records = tuple(r for r in report.records if not r.method.startswith("vdsr-sr-"))
    report = with_record(replace(report, records=records), "vdsr-sr", kind="converted")
    assert len(findings(VDSR, report)[0].by_seed) == 3


def test_runs_that_differ_in_more_than_the_seed_are_no_repetition(single: Report) -> None:
    report = repeated(single, "memnet-sr", 1)
    other = with_record(report, "memnet-sr-1", experiment={"learning_rate": 0.5})
    assert len(findings(VDSR, other)[0].by_seed) == 1


def test_a_common_training_seed_is_needed(single: Report) -> None:
    found = findings(NL, with_record(single, "memnet-nl-sr", experiment={"seed": 7}))
    assert found[0].reason == "needs MemNet and MemNet_NL with the same training seed"


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
    unsure = with_seeds(report, "memnet-sr", [1.3, 0.9, 1.4], level=3)
    assert verdicts(check, unsure)[0] == "undecided"
    red = check.model_copy(update={"than": "RED"})
    assert [f.reason for f in findings(red, report)] == ["needs RED on Set5"]
    frame = report.image_psnr
    kept = frame[(frame.level != 3) | (frame.image != "image-3")]
    fewer = findings(check, replace(report, image_psnr=kept))
    assert fewer[0].reason == "needs the same images at ×2 and ×3"


def test_one_network_per_task(report: Report) -> None:
    check = OneNetworkPerTask(column="MemNet", task=SR, datasets=("set5",), levels=(2, 3, 4))
    for method in ("memnet-sr", "memnet-nl-sr", "memnet-ns-sr"):
        report = with_psnr(report, method, 0.5)
    assert verdicts(check, report) == ["reproduced"] * 3
    assert verdicts(check, with_psnr(report, "memnet-sr", -1, level=4))[2] == "not reproduced"
    taught = report
    for record in report.records:
        taught = with_record(taught, record.method, training_set={"levels": [2]})
    [found] = findings(check, taught)
    assert found.reason == "needs one network for ×2, ×3 and ×4"
    [found] = findings(check, replace(report, columns={}))
    assert found.reason == "needs MemNet on Set5"


def test_the_published_size_judges_and_else_the_longest_training(single: Report) -> None:
    check = OneNetworkPerTask(column="MemNet", task=SR, datasets=("set5",), levels=(3,))
    longer = with_record(
        single, "vdsr-sr", network=single.records[0].network.model_dump(), steps=900
    )  # type: ignore[union-attr]
    assert findings(check, longer)[0].methods.startswith("vdsr-sr (900 steps)")
    sized = with_record(longer, "memnet-sr", network=M6R6)
    assert findings(check, sized)[0].methods.startswith("memnet-sr (300 steps)")


# Networks


def test_what_holds_by_construction(single: Report) -> None:
    evidence = Evidence.of(single, PUBLISHED)
    depth = ByConstruction(fact="depth", depth=80, than=("VDSR", "DRCN", "RED"))
    [found] = depth.findings(evidence)
    assert (found.verdict, found.measured) == ("by construction", 80)
    assert found.subject == "depth, against 20, 20 and 30 of VDSR, DRCN and RED"
    [found] = depth.model_copy(update={"depth": 81}).findings(evidence)
    assert found.verdict == "not reproduced"
    [found] = ByConstruction(fact="weights", than=("MemNet_basic_91",)).findings(evidence)
    assert (found.verdict, found.measured) == ("by construction", 676_992)
    [found] = ByConstruction(fact="gates").findings(evidence)
    assert (found.verdict, found.measured) == ("by construction", 233_472)


def test_no_verdict_rests_on_a_recalled_depth(single: Report) -> None:
    table = PUBLISHED.tables[2]
    vdsr = table.rows[0]
    unsure = vdsr.depth.model_copy(update={"confidence": "recalled"})
    rows = (vdsr.model_copy(update={"depth": unsure}), *table.rows[1:])
    changed_table = table.model_copy(update={"rows": rows})
    published = replace(PUBLISHED, tables={**PUBLISHED.tables, 2: changed_table})
    check = ByConstruction(fact="depth", depth=80, than=("VDSR",))
    [found] = check.findings(Evidence.of(single, published))
    assert found.reason == "needs the depth of VDSR, which no source confirms"


def test_one_architecture(report: Report) -> None:
    check = OneArchitecture(column="MemNet", tasks=TASKS)
    assert verdicts(check, report) == ["by construction"]
    other = with_record(report, "memnet-sr", network={"num_features": 32})
    assert verdicts(check, other) == ["stand-in"]
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
    names = ["memnet-sr", "memnet-sr-1", "memnet-sr-2"]
    for name in names:
        report = with_record(report, name, network={"multi_supervised": False})
    known = replace(report, histories=dict.fromkeys(names, curve))
    assert verdicts(Converges(task=SR), known) == [verdict]


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
    names = [r.method for r in report.records if r.method.startswith(("memnet-sr", "memnet-d"))]
    return replace(report, gate_norms=dict.fromkeys(names, norms))


@pytest.mark.parametrize(
    ("margin", "norms", "verdict"),
    [
        ("last_recursion", gates((1, 1, 2), (1, 1.5, 2)), "reproduced"),
        ("last_recursion", gates((1, 1, 2), (1, 1.99, 2)), "undecided"),
        ("last_recursion", gates((1, 1, 2), (3, 1, 2)), "not reproduced"),
        ("long_term", gates((1, 2, 1), (2, 1, 1)), "reproduced"),  # the first block is not late
        ("long_term", gates((1, 2, 1), (2, 1.99, 1)), "undecided"),
        ("long_term", gates((2, 1, 1), (1, 2, 1)), "not reproduced"),
        ("mean", gates((3, 3, 3), (2, 2, 2), (1, 1, 1)), "reproduced"),
        ("mean", gates((3, 3, 3), (2, 2, 2), (1.99, 1.99, 1.99)), "undecided"),
        ("mean", gates((3, 3, 3), (2, 2, 2), (4, 4, 4)), "not reproduced"),
        ("mean", gates((3, 3, 3)), "not run"),
        # Here the ripple alone differs, which becomes smaller.
        ("variance", gates((1, 1, 1), (2, 2, 2), (3, 3, 3)), "reproduced"),
        ("variance", gates((1, 1, 1), (1, 1, 9)), "not reproduced"),
    ],
)
def test_gate_margins(report: Report, margin: Any, norms: GateNorms, verdict: ClaimVerdict) -> None:
    check = GateMargin(margin=margin, column="MemNet", tasks=TASKS)
    found = findings(check, with_gates(report, norms))
    assert [f.verdict for f in found] == [verdict, verdict, "not run"]
    assert found[2].reason == "needs MemNet for JPEG deblocking"


LAST = GateMargin(margin="last_recursion", column="MemNet", tasks=(SR,))


def test_gates_without_a_group_are_not_judged(report: Report) -> None:
    norms = replace(gates((1, 1, 2)), long_term=False)
    [found] = findings(LAST, with_gates(report, norms))
    assert found.reason == (
        "needs MemNet for super-resolution with long-term and short-term connections"
    )


def test_gates_of_small_networks_stand_in(single: Report) -> None:
    [found] = findings(LAST, with_gates(single, gates((1, 1, 2))))
    assert (found.verdict, found.reason) == ("stand-in", "other size")


def test_gates_of_tasks_differ_by_more_than_those_of_seeds(report: Report, single: Report) -> None:
    check = GateTasksDiffer(column="MemNet", tasks=(SR, "denoising"))
    [found] = findings(check, with_gates(single, gates((1, 1, 2))))
    assert found.reason == "needs two training seeds of one task, to tell tasks from seeds"
    [found] = findings(check.model_copy(update={"tasks": TASKS}), with_gates(report, LARGE))
    assert found.reason == "needs MemNet for JPEG deblocking"

    def judged(second: GateNorms, other_task: GateNorms) -> list[ClaimVerdict]:
        known = with_gates(report, LARGE).gate_norms
        tasks = {name: other_task for name in known if "denoise" in name}
        return verdicts(
            check, replace(report, gate_norms={**known, **tasks, "memnet-sr-1": second})
        )

    near, far = gates((1, 1.1, 2)), gates((2, 1, 1))
    assert judged(near, far) == ["reproduced"]
    assert judged(far, near) == ["not reproduced"]
    assert judged(near, gates((1, 1, 2), (1, 1, 2))) == ["not run"]


LARGE = gates((1, 1, 2))


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
        built = judged.claim.number in (3, 17)  # by construction, trained or not
        expected = "not run" if judged.claim.checks else "nothing to check"
        assert judged.verdict == ("by construction" if built else expected)
        assert all(f.reason for f in judged.findings if f.verdict == "not run")


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
    names = ("memnet-sr", "memnet-sr-1", "memnet-sr-2")
    known = replace(report, probes=tuple(probe(name, psnr=psnr) for name in names))
    [found] = findings(GROW, known)
    assert (found.verdict, found.dataset, found.level) == (verdict, "set5", 2)
    assert found.measured == pytest.approx(min(np.diff(psnr)))


GROW = PredictionsGrow(column="MemNet", task=SR, datasets=("set5",))
MIDDLE = SpectrumCompared(
    column="MemNet",
    block="last",
    than="MemNet_NL",
    than_block="early",
    band="middle",
    relation="more",
    task=SR,
    datasets=("set5",),
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
    ours = [probe(f"memnet-sr{s}", spectra=(other, other, spectrum)) for s in ("", "-1", "-2")]
    theirs = [probe(f"memnet-nl-sr{s}", spectra=(other, flat, other)) for s in ("", "-1", "-2")]
    known = replace(report, probes=(*ours, *theirs))
    [found] = findings(MIDDLE.model_copy(update={"relation": relation, "band": band}), known)
    assert found.verdict == verdict
    assert found.measured == pytest.approx(10 * difference if band == "middle" else 0)
    assert "against memnet-nl-sr" in found.methods


def test_spectra_of_other_images_are_not_compared(single: Report) -> None:
    other = probe("memnet-nl-sr") | {"dataset": "set14"}
    [found] = findings(MIDDLE, replace(single, probes=(probe("memnet-sr"), other)))
    assert found.verdict == "not run"
    assert found.reason == "needs the predictions of the blocks of MemNet and MemNet_NL"


@pytest.mark.parametrize(("check", "of"), [(GROW, "MemNet"), (MIDDLE, "MemNet and MemNet_NL")])
def test_predictions_that_were_not_looked_at(report: Report, check: Check, of: str) -> None:
    [found] = findings(check, replace(report, probes=()))
    assert found.verdict == "not run"
    assert found.reason == f"needs the predictions of the blocks of {of}"
