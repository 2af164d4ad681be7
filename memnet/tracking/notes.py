"""Descriptions of experiments and runs, in Markdown."""

import math

from memnet.results.rows import summarise
from memnet.tasks import TASKS
from memnet.tracking.tracked import TrackedEvaluation, TrackedRun, metric_name

REPORT = "reports/html/index.html"


def experiment_note(task: str) -> str:
    """What the runs of a task are, and how they were scored."""
    return (
        f"**{task.replace('_', ' ').capitalize()}.** One run per method: its settings, the curves "
        "of its training if it was trained here, and its scores; below it one run for each "
        "benchmark. `input` is the degraded input itself.\n\n"
        f"Metrics are named `psnr/set5/{TASKS[task].level_prefix}...`: score, dataset, "
        f"{TASKS[task].level_name}. Filter by `tags.profile` before comparing: budgets differ "
        "between profiles.\n\n"
        f"Protocol: {TASKS[task].sentence}\n\n"
        f"The tables beside the published numbers: `{REPORT}` in the project folder."
    )


def run_note(record: TrackedRun, degraded: TrackedRun | None, profile: str, budget: str) -> str:
    """What a method is, its budget, its scores, and where its files and the report are."""
    return (
        f"**{record.method}**: {_what(record)}.\n\n"
        f"Profile `{profile}`: {budget}.\n\n"
        f"{_scores(record, degraded)}\n\n"
        f"Files: `{record.tags['files']}`. Report: `{REPORT}`, both in the project folder."
    )


def evaluation_note(record: TrackedRun, evaluation: TrackedEvaluation) -> str:
    """How a method was evaluated on a benchmark."""
    facts = ", ".join(f"{name} {value}" for name, value in evaluation.facts.items())
    return (
        f"**{record.method}** on `{evaluation.dataset}` (benchmark `{evaluation.benchmark}`)"
        f"{f': {facts}' if facts else ''}. Every image in `rows.csv`."
    )


def _what(record: TrackedRun) -> str:
    """The method in a phrase."""
    about = record.record
    if about is None:
        return "the degraded input, nothing restored; what every method must beat"
    network = f"{about.what} of {about.num_parameters or 0:,} parameters"
    match about.kind:
        case "trained":
            assert about.training_set is not None
            how = f"{about.steps:,} steps on `{about.training_set.dataset}`"
            device = record.tags.get("environment.device", "an unknown device")
            return f"{network}, trained here for {how} in {about.minutes:.1f} minutes on {device}"
        case "converted":
            return f"{network}, with the weights that its authors published"
        case "callable":
            return f"the Python function `{about.callable}`"
        case _:
            return f"{about.kind} made elsewhere"


def _scores(record: TrackedRun, degraded: TrackedRun | None) -> str:
    """Table of every cell, if there are any."""
    if record.rows is None:
        return (
            "Trained only: no benchmark of the grid evaluates it. Its curves are below *Metrics*."
        )
    inputs = {p.name: p.value for p in degraded.points} if degraded else {}
    lines = ["| dataset | level | PSNR | over the input | SSIM | images |", "|---" * 6 + "|"]
    for cell in summarise(record.rows).to_dict("records"):
        name = metric_name("psnr", cell["task"], cell["dataset"], cell["level"])
        gain = cell["psnr"] - inputs.get(name, math.nan)
        lines.append(
            f"| {cell['dataset']} | {name.split('/')[-1]} | {cell['psnr']:.2f} dB "
            f"| {'' if math.isnan(gain) else f'{gain:+.2f}'} | {cell['ssim']:.4f} "
            f"| {cell['num_images']} |"
        )
    return "\n".join(lines)
