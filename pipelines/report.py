"""Stage report: results from MLflow, cross-checked with the files, as pages and summary.csv."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from memnet import __version__
from memnet.errors import InputError
from memnet.evaluation import INPUT
from memnet.extremes import KINDS, read_extreme
from memnet.files import atomic_folder, copy_file, read_json
from memnet.imaging.io import read_image
from memnet.inference.tiling import tiling_sentence
from memnet.models.memnet import MemNet
from memnet.models.record import offered, read_history, read_run
from memnet.models.storage import read_network
from memnet.params import Benchmark, Params, load_params
from memnet.records import collect_records, summarise_records
from memnet.rows import cross_check, read_rows
from memnet.seeding import choose_device, environment, git_state
from memnet.tasks import TASKS
from memnet.tracking import read_results, tracking_uri
from pipelines import entry
from reports.claims.verdicts import Rules
from reports.crops import TARGET, Comparison, Crop, Extreme
from reports.model import DataSet, GateNorms, Place, Report
from reports.render import HEADLINE_COLUMN, render_report
from reports.wording import TASK_TITLES

RESULTS = Path("results")
PARAMS = Path("params.yaml")
IMAGE_PSNR_COLUMNS = ["method", "task", "dataset", "level", "image", "seed", "psnr"]


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Write the report of the grid of params.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pages")
    parser.add_argument("--summary", type=Path, required=True, help="CSV of every table's cells")
    args = parser.parse_args(argv)
    params = load_params(PARAMS)
    summary = read_results(params, tracking_uri())
    cross_check(summary, summarise_records(collect_records(params, RESULTS)))
    report = gather(params, summary)
    try:
        with atomic_folder(args.out) as folder:
            render_report(report, folder)
    except ValueError as error:  # tables: of params.yaml names a column that the paper lacks
        raise InputError(f"{PARAMS}: {error}") from error
    copy_file(args.out / "summary.csv", args.summary)
    print(f"report: {args.out / 'index.html'}")


def gather(params: Params, summary: pd.DataFrame) -> Report:
    """Everything that the pages show, from the summary and the files under results/."""
    gridded = (name for _, cells in params.grid for name in cells.methods)
    methods = dict.fromkeys([*gridded, *params.experiments])  # what is trained is shown
    runs = [read_run(RESULTS / "methods" / name) for name in methods]
    trained = [run["method"] for run in runs if run["kind"] == "trained"]
    memnets = {run["method"]: network for run in runs if (network := load_memnet(run))}
    return Report(
        profile=params.profile,
        budget=params.budget,
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=commit(),
        versions=versions(),
        summary=summary,
        image_psnr=image_psnr(params, runs),
        grid=tuple(places(params, runs)),
        runs=tuple(runs),
        columns={
            column: {str(task): method for task, method in ours.items()}
            for column, ours in params.tables.items()
        },
        protocols={name: protocol_sentence(params, name) for name in TASKS},
        calibration=tuple(
            record
            for name in params.benchmarks
            for record in read_json(RESULTS / "calibrate" / name / "calibration.json")
        ),
        answer_tolerance=params.calibration.answers.model_dump(),
        known_misses=tuple(miss.model_dump() for miss in params.calibration.known_misses),
        claim_rules=Rules(**params.claims.model_dump()),
        histories={m: read_history(RESULTS / "methods" / m) for m in trained},
        gate_norms={name: gate_norms(network) for name, network in memnets.items()},
        output_weights={
            name: network.output_weights.detach().tolist()
            for name, network in memnets.items()
            if network.config.multi_supervised
        },
        comparisons=tuple(comparisons(params, runs)),
        extremes=tuple(extremes(params, runs)),
        datasets=tuple(map(read_survey, params.datasets)),
        dissections=tuple(dissections(params)),
        provenance=provenance(runs),
        config=PARAMS.read_text(encoding="utf-8"),
    )


def read_survey(dataset: str) -> DataSet:
    """What stage survey found."""
    folder = RESULTS / "datasets" / dataset
    sheet = folder / "sheet.png"
    about = read_json(folder / "survey.json")
    return DataSet(about, sheet.read_bytes() if sheet.exists() else None)


def dissections(params: Params) -> Iterator[dict[str, Any]]:
    """What stage dissect found in networks that predict more than once."""
    for _, cells in params.grid:
        for name, method in product(cells.benchmarks, cells.methods):
            found = read_json(RESULTS / "dissect" / method / f"{name}.json")
            if len(found.get("multiply_adds", ())) > 1:
                yield found


def protocol_sentence(params: Params, name: str) -> str:
    """The protocol of a task and how the grid's benchmarks cut its images."""
    task = TASKS[name]
    benchmarks = (b for b in params.benchmarks.values() if b.task == name)
    tilings = dict.fromkeys(tiling_sentence(b.tiling, task.tile_core) for b in benchmarks)
    return " ".join([task.sentence, *tilings])


def places(params: Params, runs: list[dict[str, Any]]) -> Iterator[Place]:
    """Every result that the grid promises, the degraded inputs first."""
    known = {run["method"]: run for run in runs}
    for task, cells in params.grid:
        for benchmark in (params.benchmarks[name] for name in cells.benchmarks):
            for method in (INPUT, *cells.methods):
                for level in offered_levels(known.get(method), benchmark):
                    yield Place(method, task, benchmark.dataset, level)


def offered_levels(run: dict[str, Any] | None, benchmark: Benchmark) -> list[int]:
    """Levels of a benchmark that a method restores; all of them for the degraded input."""
    return benchmark.levels if run is None else offered(run, benchmark.task, benchmark.levels)


def image_psnr(params: Params, runs: list[dict[str, Any]]) -> pd.DataFrame:
    """PSNR of every image that the grid promises and that was restored, in dB."""
    known = {run["method"]: run for run in runs}
    found = [pd.DataFrame(columns=IMAGE_PSNR_COLUMNS)]
    for _, cells in params.grid:
        for name, method in product(cells.benchmarks, (INPUT, *cells.methods)):
            path = benchmark_folder(method, name) / "rows.csv"
            if path.is_file():  # a claim that needs it is "not run"
                rows = read_rows(path)
                levels = offered_levels(known.get(method), params.benchmarks[name])
                found.append(rows.loc[rows.level.isin(levels), IMAGE_PSNR_COLUMNS])
    return pd.concat(found[1:] or found, ignore_index=True)


def load_memnet(run: dict[str, Any]) -> MemNet | None:
    """The network of a run if it is a MemNet."""
    if run["network_kind"] != "memnet":
        return None
    network = read_network(RESULTS / "methods" / run["method"])
    assert isinstance(network, MemNet)
    return network


def gate_norms(network: MemNet) -> GateNorms:
    """Norms of the gates' weights, with what divides their maps into groups."""
    config = network.config
    return GateNorms(
        norms=tuple(norm.numpy() for norm in network.gate_weight_norms()),
        num_features=config.num_features,
        num_recursions=config.num_recursions,
        long_term=config.long_term,
        short_term=config.short_term,
    )


def comparisons(params: Params, runs: list[dict[str, Any]]) -> Iterator[Comparison]:
    """The showcase crop of each benchmark and level, by every method."""
    known = {run["method"]: run for run in runs}
    for task, cells in params.grid:
        for name in cells.benchmarks:
            benchmark = params.benchmarks[name]
            if benchmark.showcase is None:
                continue
            for level in benchmark.levels:
                crops = [Crop(TARGET, read_png(crop_file(TARGET, name, level)), None)]
                for method in (INPUT, *cells.methods):
                    if level not in offered_levels(known.get(method), benchmark):
                        continue
                    png = read_png(crop_file(method, name, level))
                    crops.append(Crop(method, png, showcase_psnr(method, name, benchmark, level)))
                yield Comparison(
                    name, task, benchmark.dataset, level, benchmark.showcase.image, tuple(crops)
                )


def extremes(params: Params, runs: list[dict[str, Any]]) -> Iterator[Extreme]:
    """Where the networks of the paper's column MemNet gain least and most, if they left files."""
    known = {run["method"]: run for run in runs}
    methods: Mapping[Any, str] = params.tables.get(HEADLINE_COLUMN, {})
    for task, cells in params.grid:
        method = methods.get(task, "")
        for name in cells.benchmarks if method in cells.methods else ():
            benchmark, folder = params.benchmarks[name], benchmark_folder(method, name)
            for level, kind in product(offered_levels(known.get(method), benchmark), KINDS):
                found = read_extreme(folder / "extremes", level, kind)
                if found is None:
                    continue
                record, labels = found.record, (TARGET, INPUT, method)
                psnr = (None, float(record["input_psnr"]), float(record["psnr"]))
                crops = map(Crop, labels, map(read_png, found.pngs), psnr)
                place = (method, task, benchmark.dataset, level)
                yield Extreme(kind, *place, record["image"], **record["window"], crops=tuple(crops))


def read_png(path: Path) -> bytes:
    """Bytes of a crop.

    Raises
    ------
    InputError : it is damaged; the page's error maps are made of its pixels
    """
    read_image(path, min_side=1)
    return path.read_bytes()


def benchmark_folder(method: str, name: str) -> Path:
    """Results of a method, or of the degraded input, on a benchmark."""
    return RESULTS / ("calibrate" if method == INPUT else f"evaluate/{method}") / name


def crop_file(method: str, benchmark: str, level: int) -> Path:
    """Crop of the target, of the degraded input or of a method."""
    if method in (TARGET, INPUT):
        return RESULTS / "calibrate" / benchmark / "crops" / f"{level}-{method}.png"
    return RESULTS / "evaluate" / method / benchmark / "crops" / f"{level}.png"


def showcase_psnr(method: str, name: str, benchmark: Benchmark, level: int) -> float:
    """PSNR in dB of the whole image that the crop is cut from."""
    assert benchmark.showcase is not None
    rows = read_rows(benchmark_folder(method, name) / "rows.csv")
    shown = (rows.image == benchmark.showcase.image) & (rows.level == level)
    return float(rows[shown & (rows.seed == benchmark.seeds[0])].psnr.iloc[0])


def commit() -> str:
    """The commit of the code, and whether the code has changed since."""
    name, dirty = git_state()
    return f"{name or 'not under git'}{' with uncommitted changes' if dirty else ''}"


def versions() -> dict[str, str]:
    """Versions of what the report was made with."""
    here = environment(choose_device("cpu"))
    names = ("python", "torch", "numpy", "opencv", "platform")
    return {"memnet": __version__, **{name: str(here[name]) for name in names}}


def provenance(runs: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The data behind the networks; each network has a record of its own."""
    data = {
        f"{trained_on['dataset']}, {TASK_TITLES[trained_on['task']]}": run["data_sha256"]
        for run in runs
        if (trained_on := run["training_set"])
    }
    return {"Training data (SHA-256)": data} if data else {}


if __name__ == "__main__":
    raise SystemExit(main())
