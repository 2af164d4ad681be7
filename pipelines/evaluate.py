"""Stage evaluate: one method on one benchmark, an error if it does not beat its degraded input."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.evaluation import evaluate, require_better_than_input
from memnet.files import atomic_folder, write_json
from memnet.imaging.io import write_png
from memnet.inference.restore import restore
from memnet.models.network import at_level
from memnet.models.record import read_run
from memnet.models.storage import read_network
from memnet.params import load_params
from memnet.rows import read_rows, write_rows
from memnet.seeding import choose_device, environment, make_deterministic
from memnet.tasks import task_named
from pipelines import entry
from pipelines.progress import progress


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate one cell of the grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--network", type=Path, required=True, help="folder of the trained network")
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument(
        "--calibration", type=Path, required=True, help="folder of the input's rows"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    args = parser.parse_args(argv)
    benchmark = load_params().benchmark(args.benchmark)
    run = read_run(args.network)
    if benchmark.task not in run["tasks"]:
        raise InputError(
            f"{run['method']} is for {', '.join(run['tasks'])}, not for {benchmark.task}"
        )
    if run["training_set"] is not None:
        load_catalog().require_disjoint(run["training_set"]["dataset"], benchmark.dataset)
    device = choose_device(args.device)
    make_deterministic(seed=0)
    network = read_network(args.network).to(device)
    tile_core = task_named(benchmark.task).tile_core if benchmark.tiling == "official" else None
    method = run["method"]
    with progress(f"evaluate {method} on {args.benchmark}") as show:
        result = evaluate(
            lambda plane, level: restore(
                at_level(network, level), plane, tile_core=tile_core, device=device
            ),
            PairFolder(args.pairs), benchmark, method=method, report=show,
        )  # fmt: skip
    require_better_than_input(result.rows, read_rows(args.calibration / "rows.csv"))
    about = {
        "method": method, "benchmark": args.benchmark, "task": benchmark.task,
        "dataset": benchmark.dataset, "tiling": benchmark.tiling, "engine": "torch",
        "weights_sha256": run["weights_sha256"], "device": environment(device)["device"],
    }  # fmt: skip
    with atomic_folder(args.out) as folder:
        write_rows(folder / "rows.csv", result.rows)
        write_json(folder / "evaluation.json", about)
        for level, image in result.crops.items():
            write_png(folder / "crops" / f"{level}.png", image)
    means = result.rows.groupby("level")[["psnr", "ssim"]].mean()
    for level, psnr, ssim in means.itertuples():
        print(f"{method} on {args.benchmark} at level {level}: {psnr:.2f} dB, {ssim:.4f}")


if __name__ == "__main__":
    raise SystemExit(main())
