"""Stage train: one network for one task, resumable, into results/methods/<experiment>."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from memnet.data.pack import open_pairs
from memnet.data.patches import PatchSampler, held_out, load_planes
from memnet.errors import InputError
from memnet.files import atomic_folder
from memnet.models.network import build_network
from memnet.params import load_params
from memnet.progress import progress
from memnet.seeding import choose_device, make_deterministic
from memnet.tracking import LiveRun, tracking_uri
from memnet.training.distributed import joined
from memnet.training.engine import resolved
from memnet.training.loop import TrainState, train
from memnet.training.run import resume_key, write_run
from memnet.training.validation import Validation
from pipelines import Option, Out, Text, stage

LIVE_AFTER_SECONDS = 30.0  # a shorter training is over before anyone could look at its curves
UNFINISHED = 75  # EX_TEMPFAIL of sysexits.h: nothing failed, but the same command must come again


@stage
def main(
    experiment: Text,
    pairs: Annotated[
        Path, Option(help="The training pairs: a folder, or a file of `memnet pack`.")
    ],
    out: Out,
    device: Annotated[str, Option(help="auto, cpu or cuda.")] = "auto",
    minutes: Annotated[
        float,
        Option(
            help="Stop this call after so many minutes, between two steps: exit code "
            f"{UNFINISHED} says that the same command goes on from its checkpoint."
        ),
    ] = float("inf"),
    checkpoint: Annotated[
        Path | None,
        Option(
            help="Where the state of an unfinished training lies (default: "
            ".scratch/train/EXPERIMENT/checkpoint.safetensors)."
        ),
    ] = None,
) -> int:
    """Train one experiment of params.yaml."""
    began = time.monotonic()
    if not minutes > 0:
        raise InputError(f"--minutes must be greater than 0, got {minutes}")
    checkpoint = checkpoint or Path(".scratch/train") / experiment / "checkpoint.safetensors"
    with joined(choose_device(device)) as world:
        params = load_params()
        plan = params.plan(experiment)
        recipe, levels = plan.recipe, plan.training_set.levels
        make_deterministic(plan.experiment.seed)
        given = open_pairs(pairs)
        data_sha256 = given.sha256()
        training, validation = held_out(given, plan.training_set.validation)
        source = PatchSampler(
            load_planes(given, training, levels), patch_size=recipe.patch_size,
            stride=recipe.stride, batch_size=recipe.batch_size, seed=plan.experiment.seed,
            device=world.device,
        )  # fmt: skip
        validate = Validation(given, validation, levels, world)
        recipe = world.from_first(
            lambda: resolved(
                plan, world.device, processes=world.size, steps_per_epoch=source.steps_per_epoch
            )
        )
        plan = plan.model_copy(update={"recipe": recipe})
        network = build_network(plan.network_at(0))
        live = LiveRun(experiment, plan.experiment.task, params.profile, tracking_uri())
        with progress(f"train {experiment}", shown=world.first) as show:
            state = train(
                network, source, plan, validate=validate, checkpoint=checkpoint,
                key=resume_key(plan, data_sha256=data_sha256),
                report=partial(report, show, live) if world.first else lambda state: None,
                world=world, seconds=60 * minutes - (time.monotonic() - began),
            )  # fmt: skip
        if state.share < 1:
            if world.first:
                print(
                    f"stopped after {minutes:g} minutes at step {state.step}, "
                    f"{100 * state.share:.1f} % of the budget: the same command goes on from here"
                )
            return UNFINISHED
        if world.first:
            with atomic_folder(out) as folder:
                write_run(
                    folder, experiment, plan, network, state, source, validate,
                    data_sha256=data_sha256, num_images=len(training),
                )  # fmt: skip
            checkpoint.unlink(missing_ok=True)
        return 0


def report(show: Callable[[float, float, str], None], live: LiveRun, state: TrainState) -> None:
    """Show a step in the terminal, and the last validation in MLflow."""
    if state.step - 1 == state.environments[-1]["step"] > 0:
        print(changed(state.environments))
    show(min(state.share, 1.0), 1.0, describe(state))
    if state.history and state.seconds > LIVE_AFTER_SECONDS:
        last = state.history[-1]
        live.log(int(last["step"] or 0), last)


def changed(environments: list[dict[str, Any]]) -> str:
    """That a training goes on elsewhere, and with what."""
    before, here = (piece["environment"] for piece in environments[-2:])
    differing = ", ".join(
        f"{name} {here[name]} (before: {before[name]})"
        for name in here
        if here[name] != before[name]
    )
    return (
        f"note: from step {environments[-1]['step']} on with {differing}: "
        "not bit for bit what either would train alone"
    )


def describe(state: TrainState) -> str:
    """Loss, rate and last validation PSNR in a few words."""
    last = state.history[-1] if state.history else None
    psnr = (
        f", validation {last['validation_psnr']:.2f} dB" if last and last["validation_psnr"] else ""
    )
    loss = f", loss {last['loss']:.3f}" if last else ""
    return f"step {state.step}, {state.step / max(state.seconds, 1e-9):.1f} steps/s{loss}{psnr}"


if __name__ == "__main__":
    raise SystemExit(main())
