"""Stage evaluate: one method on one benchmark, an error if it does not beat its degraded input."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.evaluation.evaluate import evaluate, require_better_than_input
from memnet.evaluation.probe import Probe
from memnet.files import atomic_folder, write_json
from memnet.imaging.io import write_png
from memnet.inference.engine import ENGINES
from memnet.methods.network import NetworkRestorer
from memnet.methods.storage import read_method
from memnet.params import load_params
from memnet.progress import progress
from memnet.results.extremes import write_extremes
from memnet.results.rows import read_rows, write_rows
from memnet.results.run_record import offered, read_run
from memnet.seeding import choose_device, environment, make_deterministic
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate one cell of the grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--method", type=Path, required=True, help="folder of the method")
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument(
        "--calibration", type=Path, required=True, help="folder of the input's rows"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    args = parser.parse_args(argv)
    benchmark = load_params().benchmark(args.benchmark)
    run = read_run(args.method)
    name = run["method"]
    if benchmark.task not in run["tasks"]:
        raise InputError(f"{name} is for {', '.join(run['tasks'])}, not for {benchmark.task}")
    levels = offered(run, benchmark.task, benchmark.levels)
    if not levels:
        raise InputError(f"{name} restores no level of {args.benchmark}: take it out of the grid")
    benchmark = benchmark.model_copy(update={"levels": levels})
    if run["training_set"] is not None:
        load_catalog().require_disjoint(run["training_set"]["dataset"], benchmark.dataset)
    device = choose_device(args.device)
    make_deterministic(seed=0)
    pairs = PairFolder(args.pairs)
    method = read_method(args.method, run, benchmark, pairs, device)
    input_rows = read_rows(args.calibration / "rows.csv")
    probe = None
    if isinstance(method.restorer, NetworkRestorer) and run["network_kind"] == "memnet":
        probe = Probe(method.restorer, benchmark)
    with progress(f"evaluate {name} on {args.benchmark}") as show:
        result = evaluate(
            method.restorer, pairs, benchmark,
            method=name, parallel=method.parallel, input_rows=input_rows, probe=probe, report=show,
        )  # fmt: skip
    if run["network"] is not None:  # what others made is shown as it is
        require_better_than_input(result.rows, input_rows)
    about = {
        "method": name, "benchmark": args.benchmark, "task": benchmark.task,
        "dataset": benchmark.dataset, "engine": method.engine,
        "tiling": benchmark.tiling if method.engine in ENGINES else "none of ours",
        "method_sha256": run["method_sha256"], "device": environment(device)["device"],
    }  # fmt: skip
    with atomic_folder(args.out) as folder:
        write_rows(folder / "rows.csv", result.rows)
        write_json(folder / "evaluation.json", about)
        for level, image in result.crops.items():
            write_png(folder / "crops" / f"{level}.png", image)
        write_extremes(folder / "extremes", result.extremes)
        if probe is not None:
            write_json(folder / "probe.json", about | probe.record())
    means = result.rows.groupby("level")[["psnr", "ssim"]].mean()
    for level, psnr, ssim in means.itertuples():
        print(f"{name} on {args.benchmark} at level {level}: {psnr:.2f} dB, {ssim:.4f}")


if __name__ == "__main__":
    raise SystemExit(main())
