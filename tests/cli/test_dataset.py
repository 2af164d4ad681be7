"""`memnet dataset`: what it lists, fetches, checks and adds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memnet.cli import app
from memnet.data.catalog import load_catalog
from memnet.imaging.io import write_png
from tests.projects import IMAGES, smooth_image

SR = ("--task", "super_resolution", "--scale", "3")
Run = Callable[..., str]


@pytest.fixture
def photos(project: Path) -> str:
    """Name of a folder whose name and files hold spaces and quotes."""
    for index, name in enumerate(("a b", "it's", 'say "cheese"')):
        write_png(project / "my 'old' photos" / f"{name}.png", smooth_image(10 + index))
    return "my 'old' photos"


def test_list_shows_every_dataset(said: Run) -> None:
    shown = said("dataset", "list")
    for word in ("tiny", "2", "test", "Smooth synthetic images", "none needed"):
        assert word in shown


def test_fetch_and_verify(said: Run, told: Run) -> None:
    said("dataset", "fetch", "tiny", "--out", "out")
    assert sorted(path.name for path in Path("out").iterdir()) == [f"{n}.png" for n in IMAGES]
    assert said("dataset", "verify", "tiny", "out") == "out holds tiny, every byte of it\n"
    Path("out/bird.png").unlink()
    Path("out/more.png").touch()
    result = CliRunner().invoke(app, ["dataset", "verify", "tiny", "out"])
    assert result.exit_code == 1
    assert result.stdout == (
        "out/bird.png is missing; fetch tiny again\n"
        "out/more.png does not belong to tiny; remove it\n"
    )
    assert told("dataset", "fetch", "tny", "--out", "out") == (
        "dataset must be one of tiny, got 'tny' (did you mean tiny?)"
    )


def test_what_was_added_is_known_to_every_command(said: Run, photos: str) -> None:
    shown = said("dataset", "add", "mine", photos)
    assert shown.endswith(
        "mine: 3 images, in datasets/own/registry.yaml and datasets/own/hashes/mine.txt\n"
        "To share it, replace its folder by a url or mirror there, and commit both files.\n"
    )
    assert "Images of my 'old' photos" in said("dataset", "list")
    said("dataset", "fetch", "mine", "--out", "fetched")
    assert "every byte" in said("dataset", "verify", "mine", "fetched")
    shown = said("score", "--method", "input", "--dataset", "mine", *SR)
    for name in ("a b", "it's", 'say "cheese"', "mean of 3"):
        assert f"│ {name} " in shown
    said("degrade", "mine", *SR, "--out", "bicubic")
    shown = said("score", "bicubic", "--dataset", "mine", *SR)
    assert shown.count("+0.00") == 4


def test_texts_are_those_of_the_options(said: Run, photos: str) -> None:
    said(
        "dataset", "add", "mine", photos, "--role", "both", "--title", "My [old] photos: #1",
        "--licence", "CC0 [/]", "--citation", '"me"',
    )  # fmt: skip
    added = load_catalog()["mine"]
    assert (added.role, added.title, added.licence, added.citation) == (
        "both", "My [old] photos: #1", "CC0 [/]", '"me"'
    )  # fmt: skip
    shown = said("dataset", "list")
    assert "My [old] photos: #1" in shown and "CC0 [/]" in shown


def test_the_folder_gives_the_title(said: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    said("dataset", "add", "same", "images/tiny/../tiny/.")
    assert load_catalog()["same"].title == "Images of tiny"
    said("dataset", "add", "here", "images/tiny", "--title", "")
    assert load_catalog()["here"].title == "Images of tiny"


def test_images_that_other_datasets_hold_too_are_told(said: Run, project: Path) -> None:
    for index in range(5):
        write_png(project / f"more/{index}.png", smooth_image(index))
    shown = said("dataset", "add", "more", "more")
    assert shown.endswith(
        "more: 5 images, in datasets/own/registry.yaml and datasets/own/hashes/more.txt\n"
        "To share it, replace its folder by a url or mirror there, and commit both files.\n"
        "tiny holds 2 too: 0, 1\n"
    )
    (project / "more/0.png").unlink()
    shown = said("dataset", "add", "four", "more")
    assert shown.endswith("tiny holds 1 too: 1\nmore holds 4 too: 1, 2, 3 ...\n")
    (project / "one").mkdir()
    (project / "more/4.png").rename(project / "one/4.png")
    assert "one: 1 image, in" in said("dataset", "add", "one", "one")


def test_what_was_added_can_be_removed(said: Run, told: Run, photos: str) -> None:
    said("dataset", "add", "mine", photos)
    assert said("dataset", "remove", "mine") == "mine: removed; its images are untouched\n"
    assert len(list(Path(photos).iterdir())) == 3
    assert told("dataset", "remove", "mine").startswith("dataset must be one of tiny, got 'mine'")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tiny", "images/tiny"], "tiny is in datasets/own/registry.yaml already: take another"),
        (["../x", "images/tiny"], "a dataset's name must be small letters, digits, - and _, "),
        (["bücher", "images/tiny"], "a dataset's name must be small letters, digits, - and _, "),
        (["mine", "nothing"], "nothing must be a folder of images"),
        (["mine", "datasets"], "datasets must hold images (.avif, .bmp, .gif, "),
        (["mine", "images/tiny", "--role", "tset"],
         "the role of a dataset must be one of train, test, both, got 'tset'"),
        (["mine", "images/tiny", "--licence", ""],
         "the licence of a dataset must be plain text, got ''"),
    ],
)  # fmt: skip
def test_add_refuses_in_one_line_and_writes_nothing(
    told: Run, arguments: list[str], sentence: str
) -> None:
    before = {path: path.read_bytes() for path in Path("datasets").rglob("*.*")}
    assert told("dataset", "add", *arguments).startswith(sentence)
    assert {path: path.read_bytes() for path in Path("datasets").rglob("*.*")} == before


def test_a_file_name_of_two_lines_is_refused_in_one(told: Run, project: Path) -> None:
    write_png(project / "photos/a.png", smooth_image(0))
    (project / "photos/a.png").rename(project / "photos/a\nb.png")
    assert told("dataset", "add", "mine", "photos") == (
        "an image's name must be plain text, got 'a\\nb.png': rename it"
    )


def test_an_image_that_changed_afterwards_is_refused(said: Run, told: Run, photos: str) -> None:
    said("dataset", "add", "mine", photos)
    path = Path(photos).resolve() / "it's.png"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    for command in (
        ("dataset", "fetch", "mine", "--out", "out"),
        ("score", "--method", "input", "--dataset", "mine", *SR),
    ):
        sentence = told(*command)
        assert sentence.startswith(f"{path} must have sha256 ")
        assert sentence.endswith(
            "; put it back, or take the dataset out of the catalogue and add it again"
        )
