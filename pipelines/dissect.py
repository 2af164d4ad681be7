"""Stage dissect: what each block of a MemNet predicts; of other networks nothing."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memnet.data.pairs import PairFolder
from memnet.dissection import dissect
from memnet.files import write_json
from memnet.models.memnet import MemNet
from memnet.models.record import offered, read_run
from memnet.models.storage import read_network
from memnet.params import load_params
from memnet.progress import progress
from memnet.seeding import choose_device, make_deterministic
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Dissect one method on one benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--method", type=Path, required=True, help="folder of the method")
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    args = parser.parse_args(argv)
    benchmark = load_params().benchmark(args.benchmark)
    run = read_run(args.method)
    about: dict[str, Any] = {
        "method": run["method"], "benchmark": args.benchmark, "task": benchmark.task,
        "dataset": benchmark.dataset, "method_sha256": run["method_sha256"],
    }  # fmt: skip
    network = read_network(args.method) if run["network_kind"] == "memnet" else None
    if isinstance(network, MemNet):
        levels = offered(run, benchmark.task, benchmark.levels)
        device = choose_device(args.device)
        make_deterministic(seed=0)
        with progress(f"dissect {run['method']} on {args.benchmark}") as show:
            about |= dissect(
                network.to(device), PairFolder(args.pairs),
                benchmark.model_copy(update={"levels": levels}), device=device, report=show,
            )  # fmt: skip
    write_json(args.out, about)


if __name__ == "__main__":
    raise SystemExit(main())
