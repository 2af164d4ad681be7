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
Records = Mapping[str, RunRecord]
Scores = Mapping[tuple[str, str], pd.DataFrame]  # by method and benchmark


def gather(params: Params, config: str, files: ResultFiles, tracked: pd.DataFrame) -> Report:
    """The report of the grid of params.yaml.

    Parameters
    ----------
    params, config : params.yaml, read and as text
    files : the results; what is gone of them is left out, and named in the report
    tracked : the summary that MLflow has, see `read_results`

    Raises
    ------
    InputError : a file is damaged, or MLflow says something else than the files
    """
    records = read_records(params, files)
    scores = read_all_scores(params, files, records)
    names = [name for name, record in records.items() if record.memnet]
    memnets = {name: network for name in names if (network := files.memnet(name)) is not None}
    image_psnr = [rows[IMAGE_PSNR_COLUMNS] for rows in scores.values()]
    trained = [name for name, record in records.items() if record.trained]
    histories = {name: files.history(name) for name in trained}
    surveys = list(map(files.survey, params.datasets))
    code, changed = git_state()
    here = environment(choose_device("cpu"))
    made_with = ("python", "torch", "numpy", "opencv", "platform")
    return Report(
        profile=params.profile,
        budget=params.budget,
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=f"{code or 'not under git'}{' with uncommitted changes' if changed else ''}",
        versions={"memnet": __version__, **{name: str(here[name]) for name in made_with}},
        summary=agreed(params, tracked, scores),
        image_psnr=pd.concat(
            image_psnr or [pd.DataFrame(columns=IMAGE_PSNR_COLUMNS)], ignore_index=True
        ),
        grid=tuple(places(params, records)),
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
        ruler=committed_ruler(load_published()),
        histories={name: curve for name, curve in histories.items() if curve is not None},
        gate_norms={name: gate_norms(network) for name, network in memnets.items()},
        output_weights={
            name: network.output_weights.detach().tolist()
            for name, network in memnets.items()
            if network.config.multi_supervised
        },
        comparisons=tuple(comparisons(params, files, records, scores)),
        extremes=tuple(extremes(params, files, records, scores)),
        datasets=tuple(data for data in surveys if data is not None),
        probes=tuple(probes(params, files, records)),
        provenance=provenance(records),
        stage_times=tuple(stage_times()),
        config=config,
        missing=tuple(files.missing),  # last: all that is read above adds to it
    )


def read_records(params: Params, files: ResultFiles) -> Records:
    """Record of each method of the grid, and of what is trained without being evaluated."""
    gridded = (name for _, cells in params.grid for name in cells.methods)
    methods = dict.fromkeys([*gridded, *params.experiments])  # what is trained is shown
    return {name: record for name in methods if (record := files.record(name)) is not None}


def read_all_scores(params: Params, files: ResultFiles, records: Records) -> Scores:
    """Scores of every image, of each evaluation of the grid whose files are there."""
    scores = {}
    for method, name in evaluations(params):
        if method == INPUT or method in records:
            rows = files.scores(name, params.benchmarks[name], records.get(method))
            if rows is not None:
                scores[method, name] = rows
    return scores


def evaluations(params: Params) -> Iterator[tuple[str, str]]:
    """Method and benchmark of every evaluation of the grid, the degraded inputs first."""
    for _, cells in params.grid:
        for name, method in product(cells.benchmarks, (INPUT, *cells.methods)):
            yield method, name


def agreed(params: Params, tracked: pd.DataFrame, scores: Scores) -> pd.DataFrame:
    """Results of MLflow less those whose files are gone; the others must be those of the files.

    Raises
    ------
    InputError : MLflow says something else than the files that are there
    """
    benchmarks = params.benchmarks
    gone = {
        (method, benchmarks[name].task, benchmarks[name].dataset)
        for method, name in evaluations(params)
        if (method, name) not in scores
    }
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


def probes(params: Params, files: ResultFiles, records: Records) -> Iterator[dict[str, Any]]:
    """What was found inside networks that predict more than once."""
    for method, name in evaluations(params):
        is_memnet = method in records and records[method].memnet
        found = files.probe(method, name) if is_memnet else None
        if found is not None and len(found.get("multiply_adds", ())) > 1:
            yield found


def protocol_sentence(params: Params, name: str) -> str:
    """The protocol of a task and how the grid's benchmarks cut its images."""
    task = TASKS[name]
    benchmarks = (b for b in params.benchmarks.values() if b.task == name)
    tilings = dict.fromkeys(tiling_sentence(b.tiling, task.tile_core) for b in benchmarks)
    return " ".join([task.sentence, *tilings])


def places(params: Params, records: Records) -> Iterator[ResultKey]:
    """Every result that the grid promises, the degraded inputs first."""
    for method, name in evaluations(params):
        benchmark = params.benchmarks[name]
        for level in offered_levels(records.get(method), benchmark):
            yield ResultKey(method, benchmark.task, benchmark.dataset, level)


def offered_levels(record: RunRecord | None, benchmark: Benchmark) -> list[int]:
    """Levels of a benchmark that a method restores; all where no record says less."""
    return benchmark.levels if record is None else record.part_of(benchmark).levels


def comparisons(
    params: Params, files: ResultFiles, records: Records, scores: Scores
) -> Iterator[Comparison]:
    """The showcase crop of each benchmark and level, by every method that has scores there."""
    gridded = ((task, cells, name) for task, cells in params.grid for name in cells.benchmarks)
    for task, cells, name in gridded:
        benchmark = params.benchmarks[name]
        if benchmark.showcase is None:
            continue
        image = benchmark.showcase.image
        for level in benchmark.levels:
            target = files.crop(TARGET, name, level)
            if target is None:  # nothing to compare with
                continue
            crops = [Crop(TARGET, target, None)]
            for method in (INPUT, *cells.methods):
                offered = level in offered_levels(records.get(method), benchmark)
                if not offered or (method, name) not in scores:
                    continue
                png = files.crop(method, name, level)
                if png is not None:
                    rows = scores[method, name].set_index(["image", "level", "seed"])
                    psnr = rows.psnr.loc[image, level, benchmark.seeds[0]]  # of the whole image
                    crops.append(Crop(method, png, float(psnr)))
            yield Comparison(name, task, benchmark.dataset, level, image, tuple(crops))


def extremes(
    params: Params, files: ResultFiles, records: Records, scores: Scores
) -> Iterator[Extreme]:
    """Where the networks of the paper's column MemNet gain least and most, if they left files.

    Of another method, an image that it makes worse than its input.
    """
    methods: Mapping[Any, str] = params.tables.get(HEADLINE, {})
    for method, name in evaluations(params):
        benchmark = params.benchmarks[name]
        if (method, name) not in scores or method == INPUT:
            continue
        headline = method == methods.get(benchmark.task)
        for level, kind in product(offered_levels(records[method], benchmark), KINDS):
            found = files.extreme(method, name, level, kind)
            if found is None:
                continue
            record, pngs = found
            psnr = (None, float(record["input_psnr"]), float(record["psnr"]))
            if headline or (kind == "worst" and psnr[2] < psnr[1]):
                crops = tuple(map(Crop, (TARGET, INPUT, method), pngs, psnr))
                place = (method, benchmark.task, benchmark.dataset, level)
                yield Extreme(kind, *place, record["image"], **record["window"], crops=crops)


def provenance(records: Records) -> dict[str, dict[str, str]]:
    """The data behind the networks; each network has a record of its own."""
    data = {
        f"{learned.dataset}, {TASK_TITLES[learned.task]}": str(record.data_sha256)
        for record in records.values()
        if (learned := record.training_set)
    }
    return {"Training data (SHA-256)": data} if data else {}
