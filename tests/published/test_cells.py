from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from memnet.published.cells import FOLDER, PublishedCell, load_published

PUBLISHED = load_published()
CELLS = [cell for table in PUBLISHED.tables.values() for cell in table.cells]
SR = "super_resolution"


def cell(method: str, task: str, dataset: str, level: int, metric: str) -> PublishedCell:
    found = PUBLISHED.cell(method=method, task=task, dataset=dataset, level=level, metric=metric)
    assert found is not None
    return found


def test_counts_of_cells() -> None:
    # 9, 48, 96 and 20 places with PSNR and SSIM; 6 and 4 networks with PSNR on Set5 x3.
    counts = Counter(cell.table for cell in CELLS)
    assert counts == {1: 18, 2: 6, 3: 96, 4: 192, 5: 40, 6: 4}
    confidences = Counter(cell.confidence for cell in CELLS)
    assert confidences == {"verified": 205, "recalled": 29, "single": 122}


@pytest.mark.parametrize(
    ("place", "value", "confidence"),
    [
        (("MemNet", SR, "set5", 3, "psnr"), 34.09, "verified"),
        (("MemNet", SR, "set5", 3, "ssim"), 0.9248, "verified"),
        (("Bicubic", SR, "set14", 2, "psnr"), 30.24, "verified"),
        (("JPEG", "jpeg_deblocking", "live1", 20, "ssim"), 0.8512, "verified"),
        (("MemNet", "denoising", "s14", 50, "psnr"), 26.91, "recalled"),
        (("MemNet_NL", SR, "set5", 4, "psnr"), 31.60, "recalled"),
        (("BM3D", "denoising", "bsd200-half", 30, "psnr"), 27.31, "verified"),
        (("NCSR", "denoising", "bsd200-half", 30, "psnr"), 27.23, "single"),
    ],
)
def test_cells_as_published(
    place: tuple[str, str, str, int, str], value: float, confidence: str
) -> None:
    found = cell(*place)
    assert (found.value, found.confidence) == (value, confidence)


def test_of_table_3_only_the_column_of_memnet_is_recalled() -> None:
    # The other columns stand in Tables 1 and 2 of the RED paper.
    recalled = Counter(cell.method for cell in PUBLISHED.tables[3].cells if cell.recalled)
    assert recalled == {"MemNet": 12}


def test_recalled_cells_say_how_strongly_unless_unknown() -> None:
    for found in CELLS:
        strength = found.recall_strength is not None
        assert strength == (found.recalled and found.value is not None)


def test_nulls_stay_unknown_and_dashes_are_told_apart() -> None:
    nulls = [found for found in CELLS if found.value is None]
    assert Counter((c.method, c.dash) for c in nulls) == {("SRCNN", False): 6, ("LapSRN", True): 8}


def test_the_same_place_has_the_same_value_in_every_table() -> None:
    values: dict[tuple[str, str, int, str], set[float]] = {}
    names = {"MemNet_multi_291": "MemNet", "M6R6": "MemNet"}
    for c in CELLS:
        if c.value is not None:
            place = (names.get(c.method, c.method), c.dataset, c.level, c.metric)
            values.setdefault(place, set()).add(c.value)
    assert [place for place, found in values.items() if len(found) > 1] == []


def test_networks_of_tables_2_and_6() -> None:
    drcn = PUBLISHED.tables[2].rows[1]
    assert (drcn.method, drcn.parameters.value) == ("DRCN", "1,774K")
    depths = {row.method: row.depth.value for row in PUBLISHED.tables[6].rows}
    assert depths == {"M4R6": 54, "M6R6": 80, "M6R8": 104, "M10R10": 212}


def test_full_size_bsd200_has_no_published_number() -> None:
    found = PUBLISHED.cell(
        method="MemNet", task="denoising", dataset="bsd200", level=30, metric="psnr"
    )
    assert found is None


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str], Path]:
    def edit(old: str, new: str) -> Path:
        for path in FOLDER.glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            (tmp_path / path.name).write_text(text.replace(old, new), encoding="utf-8")
        return tmp_path

    return edit


def test_unknown_key_is_refused(edited: Callable[[str, str], Path]) -> None:
    with pytest.raises(ValueError, match=r"confidance is not a known key"):
        load_published(
            edited("value: 34.09, source: [mwcnn, rdsrn, assln], confidence", "confidance")
        )


def test_unknown_source_is_refused(edited: Callable[[str, str], Path]) -> None:
    with pytest.raises(ValueError, match=r"unknown source \['hearsay'\]"):
        load_published(edited("source: [mwcnn, pwc]", "source: [mwcnn, hearsay]"))
