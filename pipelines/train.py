"""Stage train: one network for one task, resumable, into results/methods/<experiment>."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.data.pairs import PairFolder
from memnet.data.patches import PatchSource, held_out, load_planes
from memnet.files import atomic_folder
from memnet.models.network import build_network
from memnet.params import load_params
from memnet.progress import progress
from memnet.seeding import choose_device, make_deterministic
from memnet.tracking import LiveRun, tracking_uri
from memnet.training.distributed import World, joined
from memnet.training.loop import Progress, train
from memnet.training.run import resume_key, write_run
from memnet.training.validation import Validation
from pipelines import entry

LIVE_AFTER_SECONDS = 30.0  # a shorter training is over before anyone could look at its curves


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Train one experiment of params.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--pairs", type=Path, required=True, help="folder of the training pairs")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    args = parser.parse_args(argv)
    with joined(choose_device(args.device)) as world:
        run(args, world)


def run(args: argparse.Namespace, world: World) -> None:
    """Train as one of the processes of a world; the first one writes and shows."""
    params = load_params()
    plan = params.plan(args.experiment)
    make_deterministic(plan.experiment.seed)
    pairs = PairFolder(args.pairs)
    data_sha256 = pairs.sha256()
    key = resume_key(plan, data_sha256=data_sha256, num_processes=world.size)
    checkpoint = Path(".scratch/train") / args.experiment / "checkpoint.safetensors"
    training, validation = held_out(pairs, plan.training_set.validation)
    source = PatchSource(
        load_planes(pairs, training, plan.training_set.levels),
        patch_size=plan.recipe.patch_size, stride=plan.recipe.stride,
        batch_size=plan.recipe.batch_size, seed=plan.experiment.seed, device=world.device,
    )  # fmt: skip
    validate = Validation(pairs, validation, plan.training_set.levels, world.device, world)
    network = build_network(plan.network)
    live = LiveRun(args.experiment, plan.experiment.task, params.profile, tracking_uri())
    with progress(f"train {args.experiment}", shown=world.first) as show:

        def report(state: Progress) -> None:
            show(min(state.share, 1.0), 1.0, describe(state))
            if world.first and state.history and state.seconds > LIVE_AFTER_SECONDS:
                last = state.history[-1]
                live.log(int(last["step"] or 0), last)

        state = train(
            network, source, plan.experiment, plan.recipe, validate=validate,
            checkpoint=checkpoint, key=key, report=report, world=world,
        )  # fmt: skip
    if not world.first:
        return
    with atomic_folder(args.out) as folder:
        write_run(
            folder, args.experiment, plan, network, state, source, validate,
            data_sha256=data_sha256, num_images=len(training),
            num_processes=world.size,
        )  # fmt: skip
    checkpoint.unlink(missing_ok=True)


def describe(state: Progress) -> str:
    """Loss, rate and last validation PSNR in a few words."""
    last = state.history[-1] if state.history else None
    psnr = (
        f", validation {last['validation_psnr']:.2f} dB" if last and last["validation_psnr"] else ""
    )
    loss = f", loss {last['loss']:.3f}" if last else ""
    return f"step {state.step}, {state.step / max(state.seconds, 1e-9):.1f} steps/s{loss}{psnr}"


if __name__ == "__main__":
    raise SystemExit(main())
