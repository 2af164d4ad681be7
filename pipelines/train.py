"""Stage train: one network for one task, resumable, into results/methods/<experiment>."""

import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from memnet.data.pack import open_pairs
from memnet.data.patches import PatchSampler, held_out, load_planes
from memnet.errors import InputError
from memnet.files import atomic_folder
from memnet.models.network import build_network
from memnet.params import load_params
from memnet.progress import progress
from memnet.seeding import choose_device, make_deterministic
from memnet.tracking import LiveRun, tracking_uri
from memnet.training.distributed import World, joined
from memnet.training.loop import TrainState, train
from memnet.training.run import resume_key, write_run
from memnet.training.validation import Validation
from pipelines import Option, Out, Text, stage

LIVE_AFTER_SECONDS = 30.0  # a shorter training is over before anyone could look at its curves
UNFINISHED = 75  # EX_TEMPFAIL of sysexits.h: nothing failed, but the same command must come again


class Piece(NamedTuple):
    """What one call of the stage is to do."""

    experiment: str
    pairs: Path
    out: Path
    engine: str
    precision: str
    minutes: float
    checkpoint: Path


@stage
def main(
    experiment: Text,
    pairs: Annotated[
        Path, Option(help="The training pairs: a folder, or a file of `memnet pack`.")
    ],
    out: Out,
    device: Annotated[str, Option(help="auto, cpu or cuda.")] = "auto",
    engine: Annotated[
        str,
        Option(
            help="What computes a step: plain, or compiled, which is faster after a minute or more "
            "of compiling and rounds differently."
        ),
    ] = "plain",
    precision: Annotated[
        str, Option(help="Of convolutions and products: float32, bfloat16, or on a GPU tf32.")
    ] = "float32",
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
    state = checkpoint or Path(".scratch/train") / experiment / "checkpoint.safetensors"
    piece = Piece(experiment, pairs, out, engine, precision, minutes, state)
    with joined(choose_device(device)) as world:
        return run(piece, world, began)


def run(args: Piece, world: World, began: float) -> int:
    """Train as one of the processes of a world; the first one writes and shows."""
    params = load_params()
    plan = params.plan(args.experiment)
    make_deterministic(plan.experiment.seed)
    pairs = open_pairs(args.pairs)
    data_sha256 = pairs.sha256()
    key = resume_key(plan, data_sha256=data_sha256, num_processes=world.size)
    training, validation = held_out(pairs, plan.training_set.validation)
    source = PatchSampler(
        load_planes(pairs, training, plan.training_set.levels),
        patch_size=plan.recipe.patch_size, stride=plan.recipe.stride,
        batch_size=plan.recipe.batch_size, seed=plan.experiment.seed, device=world.device,
    )  # fmt: skip
    validate = Validation(pairs, validation, plan.training_set.levels, world.device, world)
    network = build_network(plan.network)
    live = LiveRun(args.experiment, plan.experiment.task, params.profile, tracking_uri())
    with progress(f"train {args.experiment}", shown=world.first) as show:

        def report(state: TrainState) -> None:
            if world.first and state.step - 1 == state.environments[-1]["step"] > 0:
                print(changed(state.environments))
            show(min(state.share, 1.0), 1.0, describe(state))
            if world.first and state.history and state.seconds > LIVE_AFTER_SECONDS:
                last = state.history[-1]
                live.log(int(last["step"] or 0), last)

        state = train(
            network, source, plan.experiment, plan.recipe, validate=validate,
            checkpoint=args.checkpoint, key=key, report=report, world=world,
            engine=args.engine, precision=args.precision,
            seconds=60 * args.minutes - (time.monotonic() - began),
        )  # fmt: skip
    if not world.first:
        return 0 if state.share >= 1 else UNFINISHED
    if state.share < 1:
        print(
            f"stopped after {args.minutes:g} minutes at step {state.step}, "
            f"{100 * state.share:.1f} % of the budget: the same command goes on from here"
        )
        return UNFINISHED
    with atomic_folder(args.out) as folder:
        write_run(
            folder, args.experiment, plan, network, state, source, validate,
            data_sha256=data_sha256, num_images=len(training),
        )  # fmt: skip
    args.checkpoint.unlink(missing_ok=True)
    return 0


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
