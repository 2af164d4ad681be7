"""What a network was trained for, in words, and which level is the nearest."""

import pytest

from memnet.methods.levels import Training


@pytest.mark.parametrize(
    ("task", "levels", "words"),
    [
        ("jpeg_deblocking", [10, 20], "net was trained for quality 10 and 20"),
        ("denoising", [50, 30, 70], "net was trained for sigma 30, 50 and 70"),
        ("super_resolution", [2], "net was trained for scale 2"),
        ("denoising", range(1, 56), "net was trained for sigma 1 to 55"),
        ("denoising", None, "it is not recorded what sigma net was trained for"),
    ],
)
def test_words(task: str, levels: object, words: str) -> None:
    assert Training("net", task, levels).words == words


@pytest.mark.parametrize(
    ("level", "covered", "note"),
    [(30, True, None), (40, True, "for 40."), (10, False, "for 10."), (80, False, "for 80.")],
)
def test_a_level_lies_among_those_trained_or_not(
    level: int, covered: bool, note: str | None
) -> None:
    training = Training("net", "denoising", [30, 50, 70])
    assert training.covers(level) == covered
    said = training.note(level)
    assert said is None if note is None else str(said).endswith(f"not {note}")


def test_what_is_not_recorded_refuses_nothing() -> None:
    training = Training("net", "denoising", None)
    training.require(3)
    assert training.note(3) == "it is not recorded what sigma net was trained for."
    assert (training.nearest(3.4), training.nearest(0.1)) == (3, 1)
    assert Training("net", "denoising", [30, 50]).nearest(44.0) == 50
