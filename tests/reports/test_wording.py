from decimal import Decimal

import pytest

from memnet.published.cells import Metric
from reports.pages import wording


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (33.655, "psnr", "33.66"),  # halves up, though the double lies below 33.655
        (33.645, "psnr", "33.65"),  # half-even would give 33.64
        (0.92485, "ssim", "0.9249"),
        (0.9, "ssim", "0.9000"),
        (30.0, "psnr", "30.00"),
        (float("inf"), "psnr", "∞"),
    ],
)
def test_number(value: float, metric: Metric, text: str) -> None:
    assert wording.number(value, metric) == text


def test_difference_is_that_of_the_printed_numbers() -> None:
    # 33.655 prints as 33.66 and a reader subtracts that; the exact -0.005 would print -0.01.
    assert wording.difference(33.655, 33.66, "psnr") == 0


@pytest.mark.parametrize(
    ("value", "text"), [("0.10", "+0.10"), ("-0.02", "−0.02"), ("0.00", "0.00"), ("-0.00", "0.00")]
)
def test_signed(value: str, text: str) -> None:
    assert wording.signed(Decimal(value)) == text


def test_units() -> None:
    assert wording.level_title("super_resolution", 3) == "×3"
    assert wording.level_title("denoising", 50) == "σ 50"
    assert wording.level_title("jpeg_deblocking", 10) == "Q 10"
    assert wording.thousands(676_992) == "677K"
    assert wording.thousands(1_774_080) == "1,774K"
    assert wording.dataset_title("my-photos") == "my-photos"
