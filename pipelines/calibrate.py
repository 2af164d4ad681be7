"""Stage calibrate: score the degraded inputs, which must hit the published rows."""

from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.evaluation.calibrate import calibrate
from memnet.evaluation.evaluate import crop, evaluate
from memnet.files import atomic_folder, write_json
from memnet.imaging.io import write_png
from memnet.params import load_params
from memnet.progress import progress
from memnet.published.cells import load_published
from memnet.results.rows import INPUT, write_rows
from pipelines import Out, Pairs, Text, stage


@stage
def main(benchmark: Text, pairs: Pairs, out: Out) -> None:
    """Calibrate one benchmark of params.yaml."""
    params = load_params()
    settings, degraded = params.benchmark(benchmark), PairFolder(pairs)
    with progress(f"calibrate {benchmark}") as show:
        result = evaluate(lambda seen: seen.plane, degraded, settings, method=INPUT, report=show)
    records = calibrate(result.rows, load_published(), params.calibration)
    for r in records:
        published = "       -" if r["published"] is None else f"{r['published']:8.4f}"
        place = f"{r['dataset']:>14} {r['level']:>3} {r['metric']}"
        print(f"{place}  ours {r['ours']:8.4f}  published {published}  {r['verdict']}")
    outside = [r for r in records if r["verdict"] == "outside"]
    if outside:
        r = outside[0]
        raise InputError(
            f"{benchmark} is not measured as the paper did: {r['metric']} of the degraded "
            f"input at level {r['level']} must be {r['published']} +- {r['tolerance']}, got "
            f"{r['ours']:.4f} ({len(outside)} of {len(records)} values are outside)"
        )
    with atomic_folder(out) as folder:
        # Nothing is restored here: a time would only make the rows differ from run to run.
        write_rows(folder / "rows.csv", result.rows.assign(seconds=0.0))
        write_json(folder / "calibration.json", records)
        for level, image in result.crops.items():
            assert settings.showcase is not None
            target = degraded.load(settings.showcase.image).pair(level, settings.seeds[0]).target
            write_png(folder / "crops" / f"{level}-input.png", image)
            write_png(folder / "crops" / f"{level}-target.png", crop(target, settings))


if __name__ == "__main__":
    raise SystemExit(main())
