"""Stage evaluate: one method on one benchmark, an error if it does not beat its degraded input."""

from pathlib import Path
from typing import Annotated

from memnet.data.catalog import load_catalog
from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.evaluation.evaluate import evaluate, require_better_than_input
from memnet.evaluation.probe import Probe
from memnet.files import atomic_folder, write_json
from memnet.imaging.io import write_png
from memnet.methods.images import ImageWriter
from memnet.methods.network import NetworkRestorer
from memnet.methods.storage import read_method
from memnet.params import load_params
from memnet.progress import progress
from memnet.results.extremes import write_extremes
from memnet.results.rows import read_rows, write_rows
from memnet.results.run_record import read_record
from memnet.seeding import choose_device, environment, make_deterministic
from pipelines import Option, Out, Pairs, Text, stage

RUN_BY = {"callable": "python", "images": "files"}
"""What runs a method without a network, by its kind."""


@stage
def main(
    benchmark: Text,
    method: Annotated[Path, Option(help="Folder of the method.")],
    pairs: Pairs,
    calibration: Annotated[Path, Option(help="Folder of the input's rows.")],
    out: Out,
    device: Annotated[str, Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Evaluate one cell of the grid."""
    settings, record = load_params().benchmark(benchmark), read_record(method)
    name = record.method
    if settings.task not in record.tasks:
        raise InputError(f"{name} is for {', '.join(record.tasks)}, not for {settings.task}")
    settings = record.part_of(settings)
    if not settings.levels:
        raise InputError(f"{name} restores no level of {benchmark}: take it out of the grid")
    if record.training_set is not None:
        load_catalog().require_disjoint(record.training_set.dataset, settings.dataset)
    place = choose_device(device)
    make_deterministic(seed=0)
    degraded = PairFolder(pairs)
    restorer = read_method(method, record, settings, degraded, place)
    input_rows = read_rows(calibration / "rows.csv")
    probe = None
    if not isinstance(restorer, NetworkRestorer):
        engine, tiling = RUN_BY[record.kind], "none of ours"
    else:
        engine, tiling = restorer.engine.name, settings.tiling
        probe = Probe(restorer, settings) if record.memnet else None
    about = {
        "method": name, "benchmark": benchmark, "task": settings.task,
        "dataset": settings.dataset, "engine": engine, "tiling": tiling,
        "method_sha256": record.method_sha256, "device": environment(place)["device"],
    }  # fmt: skip
    with atomic_folder(out) as folder:
        save = ImageWriter(folder / "images", by_level=True) if settings.save_images else None
        with progress(f"evaluate {name} on {benchmark}") as show:
            result = evaluate(
                restorer, degraded, settings, method=name, parallel=record.parallel,
                input_rows=input_rows, probe=probe, save=save, report=show,
            )  # fmt: skip
        if record.network is not None:  # what others made is shown as it is
            require_better_than_input(result.rows, input_rows)
        write_rows(folder / "rows.csv", result.rows)
        write_json(folder / "evaluation.json", about)
        for level, image in result.crops.items():
            write_png(folder / "crops" / f"{level}.png", image)
        write_extremes(folder / "extremes", result.extremes)
        if probe is not None:
            write_json(folder / "probe.json", about | probe.record())
    means = result.rows.groupby("level")[["psnr", "ssim"]].mean()
    for level, psnr, ssim in means.itertuples():
        print(f"{name} on {benchmark} at level {level}: {psnr:.2f} dB, {ssim:.4f}")


if __name__ == "__main__":
    raise SystemExit(main())
