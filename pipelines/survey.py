"""Stage survey: what a dataset looks like, for the page that shows the data."""

from memnet.data.catalog import load_catalog
from memnet.data.survey import survey
from memnet.files import atomic_folder, write_json
from memnet.imaging.io import write_png
from pipelines import Out, Raw, Text, stage


@stage
def main(dataset: Text, raw: Raw, out: Out) -> None:
    """Describe one fetched dataset of the catalogue."""
    about, sheet = survey(load_catalog(), dataset, raw)
    with atomic_folder(out) as folder:
        write_json(folder / "survey.json", about)
        if sheet is not None:
            write_png(folder / "sheet.png", sheet)


if __name__ == "__main__":
    raise SystemExit(main())
