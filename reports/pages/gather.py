"""Everything that the report shows, from the files under results/ and what MLflow says of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pandas as pd

from memnet import __version__
from memnet.inference.tiling import tiling_sentence
from memnet.models.memnet import MemNet
from memnet.params import Benchmark, Params
from memnet.published.cells import load_published
from memnet.results.durations import stage_times
from memnet.results.extremes import KINDS
from memnet.results.frontier import FRONTIER, read_frontier
from memnet.results.reader import ResultFiles
from memnet.results.rows import CELL_COLUMNS, INPUT, ResultKey, cross_check, summarise
from memnet.results.run_record import RunRecord
from memnet.results.scores import TARGET
from memnet.seeding import choose_device, environment, git_state
from memnet.tasks import TASKS
from reports.pages.model import Comparison, Crop, Extreme, GateNorms, Report
from reports.pages.overview import HEADLINE
from reports.pages.ruler import committed_ruler
from reports.pages.wording import TASK_TITLES

IMAGE_PSNR_COLUMNS = ["method", "task", "dataset", "level", "image", "seed", "psnr"]
# Both by method and benchmark name; a benchmark has only the levels that the method restores.
Grid = Mapping[tuple[str, str], Benchmark]
Scores = Mapping[tuple[str, str], pd.DataFrame]


def gather(params: Params, config: str, files: ResultFiles, tracked: pd.DataFrame) -> Report:
    """The report of the grid of params.yaml, whose text is `config`.

    Missing files are named in the report, and what they held is left out. `tracked` comes from
    `read_results`. InputError if a file is damaged, or if MLflow does not agree with the files.
    """
    gridded = (name for _, cells in params.grid for name in cells.methods)
    methods = dict.fromkeys([*gridded, *params.experiments])  # a training is always shown
    records = {m: record for m in methods if (record := files.record(m)) is not None}
    grid = evaluations(params, records)
    scores = {
        (method, name): rows
        for (method, name), benchmark in grid.items()
        if method == INPUT or method in records
        if (rows := files.scores(name, benchmark, records.get(method))) is not None
    }
    networks = {m: files.memnet(m) for m, record in records.items() if record.memnet}
    memnets = {name: network for name, network in networks.items() if network is not None}
    image_psnr = [rows[IMAGE_PSNR_COLUMNS] for rows in scores.values()]
    histories = {m: files.history(m) for m, record in records.items() if record.trained}
    surveys = list(map(files.survey, params.datasets))
    code, changed = git_state()
    here = environment(choose_device("cpu"))
    made_with = ("python", "torch", "numpy", "opencv", "platform")
    training_data = {
        f"{learned.dataset}, {TASK_TITLES[learned.task]}": str(record.data_sha256)
        for record in records.values()
        if (learned := record.training_set)
    }
    return Report(
        profile=params.profile,
        budget=params.budget,
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=f"{code or 'not under git'}{' with uncommitted changes' if changed else ''}",
        versions={"memnet": __version__, **{name: str(here[name]) for name in made_with}},
        summary=agreed(grid, tracked, scores),
        image_psnr=pd.concat(
            image_psnr or [pd.DataFrame(columns=IMAGE_PSNR_COLUMNS)], ignore_index=True
        ),
        grid=tuple(
            ResultKey(method, benchmark.task, benchmark.dataset, level)
            for (method, _), benchmark in grid.items()
            for level in benchmark.levels
        ),
        records=tuple(records.values()),
        columns={
            column: {str(task): method for task, method in ours.items()}
            for column, ours in params.tables.items()
        },
        protocols={name: protocol_sentence(params, name) for name in TASKS},
        calibration=tuple(
            record for name in params.benchmarks for record in files.calibration(name)
        ),
        calibration_rules=params.calibration,
        claim_rules=params.claims,
        frontier=read_frontier() if FRONTIER.exists() else (),
        ruler=committed_ruler(load_published()),
        histories={name: curve for name, curve in histories.items() if curve is not None},
        gate_norms={name: gate_norms(network) for name, network in memnets.items()},
        output_weights={
            name: network.output_weights.detach().tolist()
            for name, network in memnets.items()
            if network.config.multi_supervised
        },
        comparisons=tuple(comparisons(files, grid, scores)),
        extremes=tuple(extremes(params.tables.get(HEADLINE, {}), files, grid, scores)),
        datasets=tuple(data for data in surveys if data is not None),
        probes=tuple(
            found
            for method, name in grid
            if method in records and records[method].memnet
            if (found := files.probe(method, name)) is not None
            if len(found.get("multiply_adds", ())) > 1  # it predicts more than once
        ),
        provenance={"Training data (SHA-256)": training_data} if training_data else {},
        stage_times=tuple(stage_times()),
        config=config,
        missing=tuple(files.missing),  # last: all that is read above adds to it
    )


def evaluations(params: Params, records: Mapping[str, RunRecord]) -> Grid:
    """Every evaluation of the grid, the degraded inputs first; all levels if there is no record."""
    grid = {}
    for _, cells in params.grid:
        for name, method in product(cells.benchmarks, (INPUT, *cells.methods)):
            benchmark, record = params.benchmarks[name], records.get(method)
            grid[method, name] = record.part_of(benchmark) if record else benchmark
    return grid


def agreed(grid: Grid, tracked: pd.DataFrame, scores: Scores) -> pd.DataFrame:
    """Results of MLflow but those whose files are missing; the others must equal the files."""
    missing = grid.keys() - scores.keys()
    gone = {(method, grid[method, n].task, grid[method, n].dataset) for method, n in missing}
    of = tracked[CELL_COLUMNS[:3]].itertuples(index=False, name=None)
    kept = tracked.loc[[i for i, evaluation in enumerate(of) if evaluation not in gone]]
    if scores:
        cross_check(kept, summarise(pd.concat(scores.values(), ignore_index=True)))
    return kept.reset_index(drop=True)


def gate_norms(network: MemNet) -> GateNorms:
    """Norms of the gates' weights, with what divides their maps into groups."""
    parts = {"num_features", "num_recursions", "long_term", "short_term"}
    norms = tuple(norm.numpy() for norm in network.gate_weight_norms())
    return GateNorms(norms, **network.config.model_dump(include=parts))


def protocol_sentence(params: Params, name: str) -> str:
    """The protocol of a task and how the grid's benchmarks cut its images."""
    task = TASKS[name]
    benchmarks = (b for b in params.benchmarks.values() if b.task == name)
    tilings = dict.fromkeys(tiling_sentence(b.tiling, task.tile_core) for b in benchmarks)
    return " ".join([task.sentence, *tilings])


def comparisons(files: ResultFiles, grid: Grid, scores: Scores) -> Iterator[Comparison]:
    """The showcase crop of each benchmark and level, by every method that has scores there."""
    for (first, name), benchmark in grid.items():
        if first != INPUT or benchmark.showcase is None:
            continue
        image, methods = benchmark.showcase.image, [m for m, other in grid if other == name]
        for level in benchmark.levels:
            target = files.crop(TARGET, name, level)
            if target is None:  # nothing to compare with
                continue
            crops = [Crop(TARGET, target, None)]
            for method in methods:
                if level not in grid[method, name].levels or (method, name) not in scores:
                    continue
                png = files.crop(method, name, level)
                if png is not None:
                    rows = scores[method, name].set_index(["image", "level", "seed"])
                    psnr = rows.psnr.loc[image, level, benchmark.seeds[0]]  # of the whole image
                    crops.append(Crop(method, png, float(psnr)))
            place = (benchmark.task, benchmark.dataset, level)
            yield Comparison(name, *place, image, tuple(crops))


def extremes(
    methods: Mapping[Any, str], files: ResultFiles, grid: Grid, scores: Scores
) -> Iterator[Extreme]:
    """The images on which our networks in the column MemNet gain least and most, if on file.

    Of another method, only an image that it makes worse than its input.
    """
    for (method, name), benchmark in grid.items():
        if (method, name) not in scores or method == INPUT:
            continue
        headline = method == methods.get(benchmark.task)
        for level, kind in product(benchmark.levels, KINDS):
            found = files.extreme(method, name, level, kind)
            if found is None:
                continue
            record, pngs = found
            psnr = (None, float(record["input_psnr"]), float(record["psnr"]))
            if headline or (kind == "worst" and psnr[2] < psnr[1]):
                crops = tuple(map(Crop, (TARGET, INPUT, method), pngs, psnr))
                place = ResultKey(method, benchmark.task, benchmark.dataset, level)
                yield Extreme(kind, place, record["image"], record["window"], crops)
