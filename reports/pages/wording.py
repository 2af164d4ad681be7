"""How numbers, levels and datasets are written on the pages."""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from memnet.published.cells import Metric
from memnet.tasks import TASKS

DECIMALS: dict[Metric, Decimal] = {"psnr": Decimal("0.01"), "ssim": Decimal("0.0001")}
TASK_TITLES = {name: task.title[0].upper() + task.title[1:] for name, task in TASKS.items()}
INPUT_TITLES = {"super_resolution": "Bicubic", "denoising": "Noisy", "jpeg_deblocking": "JPEG"}
_LEVELS = {"super_resolution": "×{}", "denoising": "σ {}", "jpeg_deblocking": "Q {}"}
_DATASETS = {
    "set5": "Set5",
    "set14": "Set14",
    "bsd100": "BSD100",
    "urban100": "Urban100",
    "s14": "S14",
    "bsd200": "BSD200, full size",
    "bsd200-half": "BSD200, half size",
    "classic5": "Classic5",
    "live1": "LIVE1",
    "bundled-train": "Bundled photographs (training)",
    "bundled-test": "Bundled photographs",
}


def rounded(value: float, metric: Metric) -> Decimal:
    """Value at the precision it is printed with: PSNR 2, SSIM 4 decimals, halves away from zero."""
    exact = Decimal(repr(float(value)))
    return exact.quantize(DECIMALS[metric], ROUND_HALF_UP) if exact.is_finite() else exact


def number(value: float, metric: Metric) -> str:
    """Printed PSNR or SSIM; "∞" for the PSNR of equal images."""
    return "∞" if math.isinf(value) else str(rounded(value, metric))


def difference(ours: float, paper: float, metric: Metric) -> Decimal:
    """Difference of the two numbers as they are printed, so that a reader's subtraction agrees.

    Two infinite numbers are equal.
    """
    if ours == paper:
        return 0 * DECIMALS[metric]
    return rounded(ours, metric) - rounded(paper, metric)


def signed(value: Decimal) -> str:
    """Difference with a plus or a true minus sign; zero has none."""
    if value == 0:
        return str(abs(value))
    size = "∞" if value.is_infinite() else abs(value)
    return f"+{size}" if value > 0 else f"−{size}"


def signed_db(value: float) -> str:
    """Difference in dB with its sign and one decimal, as "−3.2 dB"."""
    return f"{signed(Decimal(repr(value)).quantize(Decimal('0.1'), ROUND_HALF_UP))} dB"


def level_title(task: str, level: int) -> str:
    """Level with its unit, as "×3", "σ 50" or "Q 10"."""
    return _LEVELS[task].format(level)


def task_words(task: str) -> str:
    """Title of a task inside a sentence."""
    return TASKS[task].title


def dataset_title(dataset: str) -> str:
    """Name of a dataset as the paper prints it; the id itself where it has none."""
    return _DATASETS.get(dataset, dataset)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, as "Set5, Set14 and BSD200, half size"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def thousands(count: int) -> str:
    """Count in thousands, as the paper prints parameters: 676992 is "677K"."""
    return f"{Decimal(count).scaleb(-3).quantize(Decimal(1), ROUND_HALF_UP):,}K"


def measured(value: float, unit: str) -> str:
    """What was measured for a claim: dB and % with their sign, counts as they are."""
    places = {"dB": "0.001", "%": "0.1"}.get(unit)
    if places is None:
        return f"{value:,.0f} {unit}"
    exact = Decimal(repr(float(value)))
    return f"{signed(exact.quantize(Decimal(places), ROUND_HALF_UP))} {unit}"
