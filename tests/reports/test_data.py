"""The page about the data: what is in a set, and whether a tested scene was trained on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memnet.results.reader import DataSet
from reports.pages.data import Leak, leak_checks, not_compared
from reports.pages.model import Report
from reports.pages.render import render_report
from tests.records import of_others
from tests.reports.conftest import png

SR = "super_resolution"


def dataset(name: str, hashes: dict[str, int], **changes: Any) -> DataSet:
    about = {
        "dataset": name, "title": f"Images of {name}", "role": "test", "count": len(hashes),
        "licence": "CC0", "citation": "nobody", "notes": "", "resize": None, "parts": [name],
        "sources": ["folder: images"], "scene_bits": 30, "bytes": 1_234_567,
        "files": {f"{image}.png": "f" * 64 for image in hashes},
        "images": {
            image: {"height": 40 + i, "width": 60, "hash": f"{value:064x}"}
            for i, (image, value) in enumerate(hashes.items())
        },
    }  # fmt: skip
    return DataSet(about | changes, png(0))


def page(report: Report, folder: Path, name: str = "data") -> str:
    render_report(report, folder)
    return " ".join((folder / f"{name}.html").read_text(encoding="utf-8").split())


@pytest.fixture
def leaking(bundled: Report) -> Report:
    """Two training images; one of them is a test image, 29 bits away."""
    train = dataset("bundled-train", {"cat": 0, "dog": 2**256 - 1})
    test = dataset("bundled-test", {"tiger": 2**29 - 1, "wolf": 2**128 - 1})
    return replace(bundled, datasets=(train, test))


def test_a_scene_in_both_is_found_and_said_aloud(leaking: Report, tmp_path: Path) -> None:
    (check,) = leak_checks(leaking)
    assert (check.train, check.test, check.pairs, check.nearest) == (
        "bundled-train", "bundled-test", 4, 29
    )  # fmt: skip
    assert check.leaks == (Leak("cat", "tiger", 29),)
    assert '<span class="verdict bad">cat is the scene of tiger (29 bits)</span>' in page(
        leaking, tmp_path
    )
    overview = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'found in a training set: <span class="verdict bad">1 scene</span>' in overview


def test_a_training_set_that_is_not_here_is_called_not_compared(
    bundled: Report, tmp_path: Path
) -> None:
    assert not_compared(bundled) == ("bundled-train",)
    assert "<strong>Not compared</strong>: <code>bundled-train</code>" in page(bundled, tmp_path)
    overview = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "not compared: bundled-train" in overview


def test_a_set_is_compared_with_what_its_networks_are_tested_on(leaking: Report) -> None:
    denoised = dataset("s14", {"cat": 0})  # no network here that saw the cat is tested on it
    report = replace(leaking, datasets=(*leaking.datasets, denoised))
    assert [(check.train, check.test) for check in leak_checks(report)] == [
        ("bundled-train", "bundled-test")
    ]


def test_30_bits_are_another_scene(bundled: Report, tmp_path: Path) -> None:
    train = dataset("bundled-train", {"cat": 0})
    test = dataset("bundled-test", {"tiger": 2**30 - 1})
    report = replace(bundled, datasets=(train, test))
    assert leak_checks(report)[0].leaks == ()
    assert '<td class="text" data-label="Same scene">none</td>' in page(report, tmp_path)


def test_only_what_was_trained_on_is_checked(leaking: Report, tmp_path: Path) -> None:
    records = tuple(of_others(r.method, next(iter(r.tasks)), "converted") for r in leaking.records)
    report = replace(leaking, records=records, histories={})
    assert leak_checks(report) == ()
    assert "No method of this profile says what it was trained on." in page(report, tmp_path)


def test_every_set_is_shown(leaking: Report, tmp_path: Path) -> None:
    text = page(leaking, tmp_path)
    assert text.count('<img class="sheet" src="data:image/png;base64,') == 2
    assert "2 images, 60×40 to 60×41 pixels, 1.2 MB" in text
    assert text.count("f" * 64) == 4


def test_weights_have_no_sheet(bundled: Report, tmp_path: Path) -> None:
    about = dataset("arcnn", {}, count=2, role="weights").about
    text = page(replace(bundled, datasets=(DataSet(about, None),)), tmp_path)
    assert "2 files of weights" in text and "<img" not in text


def test_hostile_words_are_text(bundled: Report, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    fields = dict.fromkeys(("title", "licence", "citation", "notes"), evil)
    shown = dataset(evil, {evil: 1}, **fields, sources=[evil])
    text = page(replace(bundled, datasets=(shown,)), tmp_path)
    assert evil not in text and text.count("&lt;script&gt;") >= 6


def test_the_sets_stand_in_the_order_of_the_profile(
    build: Callable[..., Report], tmp_path: Path
) -> None:
    sets = tuple(dataset(name, {"a": 1}) for name in ("b", "a"))
    text = page(replace(build({SR: ("set5",)}), datasets=sets), tmp_path)
    assert text.index("Images of b") < text.index("Images of a")
