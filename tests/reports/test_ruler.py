"""What the committed values of the profile `benchmark` say of methods of others."""

import json
from pathlib import Path

import pytest

from memnet.errors import InputError
from memnet.published.cells import load_published
from reports.pages.ruler import committed_ruler

PUBLISHED = load_published()
SR = "super_resolution"


def reference(folder: Path, *values: tuple[str, str, str, int, float, float]) -> Path:
    names = ("method", "task", "dataset", "level", "psnr", "ssim")
    document = {
        "profile": "benchmark",
        "commit": "abc",
        "values": [dict(zip(names, value, strict=True)) for value in values],
    }
    (folder / "benchmark.json").write_text(json.dumps(document))
    return folder


def test_values_of_others_are_judged_and_no_network_of_ours(tmp_path: Path) -> None:
    folder = reference(
        tmp_path,
        ("vdsr-official", SR, "set5", 3, 33.66, 0.9250),  # Table 4: 33.66, 0.9213
        ("lapsrn", SR, "set5", 2, 37.46, 0.9591),  # 37.52, which is a known miss, and 0.9591
        ("memnet-small-sr", SR, "set5", 3, 0.0, 0.0),
        ("input", SR, "set5", 3, 0.0, 0.0),
    )
    found = committed_ruler(PUBLISHED, folder)
    assert found is not None and found.commit == "abc"
    assert found.verdicts == {"within": 2, "outside": 1, "known miss": 1}
    ((method, reason),) = found.reasons
    assert method == "LapSRN" and "luminance that is not rounded" in reason


def test_the_committed_values_leave_no_difference_unexplained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    found = committed_ruler(PUBLISHED)
    assert found is not None
    assert found.verdicts["within"] > 50 and found.verdicts["outside"] == 0
    assert {method for method, _ in found.reasons} == {"BM3D", "DnCNN", "LapSRN"}


def test_without_a_reference_nothing_is_said(tmp_path: Path) -> None:
    assert committed_ruler(PUBLISHED, tmp_path) is None


def test_a_damaged_reference_is_told(tmp_path: Path) -> None:
    (tmp_path / "benchmark.json").write_text("{}")
    with pytest.raises(InputError, match=r"benchmark\.json is missing or damaged"):
        committed_ruler(PUBLISHED, tmp_path)
