"""What a report holds, as plain data: pages can be tested without measuring anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.params import Calibration, Claims
from memnet.results.durations import StageTime
from memnet.results.frontier import Point
from memnet.results.reader import DataSet, MissingFile
from memnet.results.rows import ResultKey
from memnet.results.run_record import RunRecord
from reports.pages.ruler import Ruler


@dataclass(frozen=True)
class GateNorms:
    """Weight norms of one network's gates (Fig. 5).

    `norms[m]` holds, for each input map of gate m + 1, the root of the summed squares of its
    weights: long-term maps first, then recursion 1 to R, `num_features` maps each. A network
    without long-term (or short-term) connections lacks that group.
    """

    norms: tuple[NDArray[np.floating], ...]
    num_features: int
    num_recursions: int
    long_term: bool
    short_term: bool


class Crop(NamedTuple):
    """One image: `TARGET` or a method, 8-bit grey PNG, PSNR of the whole image (target: None)."""

    label: str
    png: bytes
    psnr: float | None


@dataclass(frozen=True)
class Comparison:
    """The same crop of one image as target, degraded input and restored by each method."""

    benchmark: str
    task: str
    dataset: str
    level: int
    image: str
    crops: tuple[Crop, ...]

    @property
    def best(self) -> int:
        """Index of the crop with the highest PSNR of the whole image, the target left out."""
        return max(range(len(self.crops)), key=lambda index: self.crops[index].psnr or 0.0)


@dataclass(frozen=True)
class Extreme:
    """The image on which a method gains least ("worst") or most ("best") over its input.

    `crops` show the target, the degraded input and the restored image where its error is largest:
    `window` has the height and width of that part in pixels, and its top left corner. All three are
    of one draw of the noise.
    """

    kind: Literal["worst", "best"]
    place: ResultKey
    image: str
    window: Mapping[str, int]
    crops: tuple[Crop, ...]


@dataclass(frozen=True, eq=False)
class Report:
    """Everything the pages show; nothing on them is read from anywhere else.

    Attributes
    ----------
    budget : the sentence about what the profile spends
    created, commit : when and by which code, as printed
    versions : {package: version}, "memnet" being this project
    summary : one row per result, in `SUMMARY_COLUMNS` and with its run_key; a result of `grid` that
        is missing or NaN is shown as "not run"
    image_psnr : one row per restored image: method, task, dataset, level, image, seed (of the
        noise), psnr (dB); what the claims are judged by, and what the page "Images" lists
    grid : every result the profile promises, in the order of the columns; others are not shown
    columns : {column of the paper: {task: our method}}; Bicubic and JPEG are "input" of themselves
    protocols : {task: the sentence that says how it is measured}
    calibration : the entries of all calibration.json files
    frontier : the committed points of the profile frontier; empty if there are none
    ruler : what the committed values of the profile benchmark say of methods of others; None if
        there are none
    histories, gate_norms, output_weights : {method: history.csv, norms of its gates, learned weight
        of each prediction}
    extremes : where the network in the paper's column MemNet gains least and most, and where
        another makes an image worse than its input
    probes : what was found inside networks with several predictions
    provenance : {section: {name: text}}, such as the hashes of the data
    config : text of params.yaml
    missing : result files that do not exist; what they would hold is not in the fields above
    """

    profile: str
    budget: str
    created: str
    commit: str
    versions: Mapping[str, str]
    summary: pd.DataFrame
    image_psnr: pd.DataFrame
    grid: tuple[ResultKey, ...]
    records: tuple[RunRecord, ...]
    columns: Mapping[str, Mapping[str, str]]
    protocols: Mapping[str, str]
    calibration: tuple[Mapping[str, Any], ...]
    calibration_rules: Calibration
    claim_rules: Claims
    frontier: tuple[Point, ...]
    ruler: Ruler | None
    histories: Mapping[str, pd.DataFrame]
    gate_norms: Mapping[str, GateNorms]
    output_weights: Mapping[str, Sequence[float]]
    comparisons: tuple[Comparison, ...]
    extremes: tuple[Extreme, ...]
    datasets: tuple[DataSet, ...]
    probes: tuple[Mapping[str, Any], ...]
    provenance: Mapping[str, Mapping[str, str]]
    stage_times: tuple[StageTime, ...]
    config: str
    missing: tuple[MissingFile, ...]
