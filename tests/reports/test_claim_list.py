"""claims.yaml: every claim once, and each fault refused."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from memnet.published.cells import load_published
from reports.claims.judging import FOLDER, Check, load_claims

PUBLISHED = load_published()
CLAIMS = load_claims(PUBLISHED)
TEXT = (FOLDER / "claims.yaml").read_text(encoding="utf-8")


def test_every_claim_is_there_once() -> None:
    assert [claim.number for claim in CLAIMS] == list(range(1, 24))
    assert len({claim.statement for claim in CLAIMS}) == 23


def test_sources() -> None:
    sources = {claim.number: claim.source for claim in CLAIMS}
    assert [n for n, source in sources.items() if source == "abstract"] == [1]
    assert [claim.number for claim in CLAIMS if claim.recalled] == [19, 20, 21, 22, 23]


def test_claims_without_a_check_are_kept() -> None:
    assert [claim.number for claim in CLAIMS if not claim.checks] == [6, 18, 23]


def test_every_kind_is_used() -> None:
    used = {type(check) for claim in CLAIMS for check in claim.checks}
    assert used == set(get_args(get_args(Check)[0]))


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str], Path]:
    def edit(old: str, new: str) -> Path:
        assert old in TEXT
        (tmp_path / "claims.yaml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return edit


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("source: abstract", "sourse: abstract", "claims.0.sourse is not a known key"),
        ("source: abstract", "source: hearsay", "claims.0.source must be one of text, abstract"),
        ("    source: abstract\n", "", "claims.0.source is missing"),
        ("    source: abstract\n", "    source: text\n    source: text\n", "duplicate key"),
        ("number: 2\n", "number: 1\n", "claims must be numbered 1, 2, 3 and so on"),
        ("number: 2\n", "number: 24\n", "claims must be numbered 1, 2, 3 and so on"),
        ("kind: better_than", "kind: best", "kind must be one of better_than, gain_grows"),
        ("        better: MemNet\n", "", "better_than.better is missing"),
        ("depth: 80", "deep: 80", "by_construction.deep is not a known key"),
        ("depth: 80", "depth: eighty", "depth must be a whole number, got 'eighty'"),
        ("levels: [2, 3, 4]", "levels: 2", "levels must be a"),
        ("levels: [2, 3, 4]", "levels: []", "levels must not be empty"),
        ("levels: [2, 3, 4]", "levels: [x2]", "levels.0 must be a whole number, got 'x2'"),
        ("than: [SRCNN, VDSR", "than: [SRCMM, VDSR", "got 'SRCMM'"),
        ("task: denoising", "task: denoise", "got 'denoise'"),
        ("margin: mean", "margin: median", "must be one of last_recursion, long_term, mean"),
        ("claims:\n  - number: 1\n", "claim:\n  - number: 1\n", "claim is not a known key"),
    ],
)  # fmt: skip
def test_a_fault_is_refused(
    edited: Callable[[str, str], Path], old: str, new: str, sentence: str
) -> None:
    with pytest.raises(ValueError) as error:
        load_claims(PUBLISHED, edited(old, new))
    assert sentence in str(error.value)
