"""Files under results/ as the report reads them: what is there, and what is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from memnet.files import read_json
from memnet.imaging.io import read_image
from memnet.models.memnet import MemNet
from memnet.models.saved import WEIGHTS
from memnet.params import Benchmark
from memnet.results.extremes import Kind, extreme_files
from memnet.results.networks import read_network
from memnet.results.rows import INPUT
from memnet.results.run_record import HISTORY, RECORD, RunRecord, read_history, read_record
from memnet.results.scores import crop_file, read_scores, score_files


class MissingFile(NamedTuple):
    """A result file that is gone: its path, `what` it held, and the `page` that would show it."""

    path: str
    what: str
    page: str


@dataclass(frozen=True)
class DataSet:
    """One dataset as the stage survey describes it, with its contact sheet (PNG; None: weights)."""

    about: Mapping[str, Any]
    sheet: bytes | None

    @property
    def name(self) -> str:
        """Id in the registry."""
        return str(self.about["dataset"])

    @property
    def sizes(self) -> str:
        """Smallest and largest image, as "228x344 to 512x512 pixels"."""
        areas = sorted(
            (image["width"] * image["height"], image["width"], image["height"])
            for image in self.about["images"].values()
        )
        ends = dict.fromkeys(f"{width}×{height}" for _, width, height in (areas[0], areas[-1]))
        return f"{' to '.join(ends)} pixels"


class ResultFiles:
    """Reads results/; a missing file is noted in `missing`, and what it would hold is None."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missing: list[MissingFile] = []

    def record(self, method: str) -> RunRecord | None:
        """The run.json of a method, without which none of its results can be judged."""
        folder = self._folder / "methods" / method
        there = self._has(folder / RECORD, f"everything of {method}", "provenance.html")
        return read_record(folder) if there else None

    def history(self, method: str) -> pd.DataFrame | None:
        """Curve of a training."""
        folder = self._folder / "methods" / method
        there = self._has(folder / HISTORY, f"training curves of {method}", "training.html")
        return read_history(folder) if there else None

    def memnet(self, method: str) -> MemNet | None:
        """The network of a method whose record says that it is a MemNet."""
        folder = self._folder / "methods" / method
        if not self._has(folder / WEIGHTS, f"gates and output weights of {method}", "network.html"):
            return None
        network = read_network(folder)
        assert isinstance(network, MemNet)
        return network

    def scores(
        self, name: str, benchmark: Benchmark, record: RunRecord | None
    ) -> pd.DataFrame | None:
        """Scores of every image of the benchmark `name` by a method; None is the input."""
        method = INPUT if record is None else record.method
        paths = score_files(self._folder, method, name)
        found = [self._has(path, f"scores of {method} on {name}", "tables.html") for path in paths]
        return read_scores(self._folder, name, benchmark, record)[0] if all(found) else None

    def calibration(self, name: str) -> list[dict[str, Any]]:
        """What stage calibrate found on a benchmark."""
        path = self._folder / "calibrate" / name / "calibration.json"
        there = self._has(path, f"calibration of {name}", "calibration.html")
        return read_json(path) if there else []

    def survey(self, dataset: str) -> DataSet | None:
        """What stage survey found; weights have no contact sheet."""
        path = self._folder / "datasets" / dataset / "survey.json"
        if not self._has(path, f"survey of {dataset}, and its leak check", "data.html"):
            return None
        about, sheet = read_json(path), path.with_name("sheet.png")
        shown = about["images"] and self._has(sheet, f"contact sheet of {dataset}", "data.html")
        return DataSet(about, sheet.read_bytes() if shown else None)

    def probe(self, method: str, name: str) -> dict[str, Any] | None:
        """What each block of a MemNet predicts on a benchmark."""
        path = self._folder / "evaluate" / method / name / "probe.json"
        there = self._has(path, f"predictions of {method} on {name}", "network.html")
        return read_json(path) if there else None

    def crop(self, method: str, name: str, level: int) -> bytes | None:
        """PNG of the showcase of a benchmark: of the target, the degraded input or a method."""
        path = crop_file(self._folder, method, name, level)
        there = self._has(path, f"crop of {method} on {name} at level {level}", "images.html")
        return read_png(path) if there else None

    def extreme(
        self, method: str, name: str, level: int, kind: Kind
    ) -> tuple[Mapping[str, Any], list[bytes]] | None:
        """Record of the worst or best image, and its PNGs: target, degraded, restored."""
        folder = self._folder / "evaluate" / method / name / "extremes"
        what = f"{kind} image of {method} on {name} at level {level}"
        record, *pngs = files = extreme_files(folder, level, kind)
        there = [self._has(file, what, "images.html") for file in files]
        return (read_json(record), list(map(read_png, pngs))) if all(there) else None

    def _has(self, path: Path, what: str, page: str) -> bool:
        """Whether a file is there; one that is gone is noted once."""
        if path.is_file():
            return True
        gone = MissingFile(path.as_posix(), what, page)
        if gone not in self.missing:
            self.missing.append(gone)
        return False


def read_png(path: Path) -> bytes:
    """Bytes of a crop; InputError if it is damaged."""
    read_image(path, min_side=1)  # the page's error maps are made of its pixels
    return path.read_bytes()
