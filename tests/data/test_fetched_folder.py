"""`fetched_folder`: the pipeline's copy where it is whole, else one that a command keeps."""

from pathlib import Path

import pytest

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetch, fetched_folder, verify
from memnet.errors import InputError
from tests.projects import IMAGES, make_project

PIPELINE, SCRATCH = Path("datasets/raw/tiny"), Path(".scratch/raw/tiny")
FOLDER_ENTRY = """
moved:
  title: In a folder, and in the mirror
  role: test
  count: 2
  licence: none
  citation: nobody
  sources: [{folder: gone, rename: {bird.png: b.png}}, {mirror: elsewhere}]
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_project(tmp_path, monkeypatch)


def folder_of(dataset: str = "tiny") -> Path:
    return fetched_folder(dataset, load_catalog())


def test_the_copy_of_the_pipeline_is_taken_as_it_lies(capsys: pytest.CaptureFixture[str]) -> None:
    fetch("tiny", PIPELINE, load_catalog())
    assert folder_of() == PIPELINE
    assert not SCRATCH.exists() and capsys.readouterr().out == ""


def test_without_the_pipeline_a_copy_is_kept_for_the_next_command(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = f"fetch tiny: 100% {IMAGES[-1]}.png\n"
    assert (folder_of(), capsys.readouterr().out) == (SCRATCH, told)
    assert verify(SCRATCH, "tiny", load_catalog()) == []
    (here / "images").rename(here / "away")
    assert (folder_of(), capsys.readouterr().out) == (SCRATCH, told)


@pytest.mark.parametrize("damage", ["missing", "changed", "one too many"])
def test_a_copy_of_the_pipeline_that_is_not_whole_is_left_alone(damage: str) -> None:
    fetch("tiny", PIPELINE, load_catalog())
    match damage:
        case "missing":
            (PIPELINE / "bird.png").unlink()
        case "changed":
            (PIPELINE / "bird.png").write_bytes(b"something else")
        case _:
            (PIPELINE / "more.png").touch()
    before = {path.name: path.read_bytes() for path in PIPELINE.iterdir()}
    assert folder_of() == SCRATCH
    assert verify(SCRATCH, "tiny", load_catalog()) == []
    assert {path.name: path.read_bytes() for path in PIPELINE.iterdir()} == before


def test_the_mirror_of_the_environment_is_tried(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, hashes = here / "datasets/own/registry.yaml", here / "datasets/own/hashes"
    registry.write_text(registry.read_text() + FOLDER_ENTRY)
    (hashes / "moved.txt").write_text((hashes / "tiny.txt").read_text())
    with pytest.raises(InputError) as error:
        folder_of("moved")
    assert str(error.value) == (
        "bird.png of moved could not be had from any source: no gone/b.png; no local mirror "
        "(MEMNET_MIRROR is not set); set MEMNET_MIRROR=<folder> to a folder that holds elsewhere/, "
        "or connect to the network"
    )
    (here / "mirror").mkdir()
    (here / "images/tiny").rename(here / "mirror/elsewhere")
    monkeypatch.setenv("MEMNET_MIRROR", str(here / "mirror"))
    assert folder_of("moved") == Path(".scratch/raw/moved")
    monkeypatch.setenv("MEMNET_MIRROR", "")  # is as good as unset
    assert folder_of("moved") == Path(".scratch/raw/moved")


def test_a_folder_is_a_source_whose_files_may_have_other_names(here: Path) -> None:
    registry, hashes = here / "datasets/own/registry.yaml", here / "datasets/own/hashes"
    registry.write_text(registry.read_text() + FOLDER_ENTRY)
    (hashes / "moved.txt").write_text((hashes / "tiny.txt").read_text())
    (here / "images/tiny").rename(here / "gone")
    (here / "gone/bird.png").rename(here / "gone/b.png")
    names = sorted(path.name for path in folder_of("moved").iterdir())
    assert names == ["bird.png", "head.png"]


def test_an_unknown_dataset_is_told() -> None:
    with pytest.raises(InputError, match=r"^dataset must be one of tiny, got 'tiiny' \(did you"):
        folder_of("tiiny")


@pytest.mark.parametrize("other", ["mirror: x", "url: x", "package: x, path: y"])
def test_a_source_is_of_one_kind(here: Path, other: str) -> None:
    registry = here / "datasets/own/registry.yaml"
    text = registry.read_text().replace("- folder: images/tiny", f"- {{folder: x, {other}}}")
    registry.write_text(text)
    with pytest.raises(InputError, match=r"must have exactly one of package, mirror, folder and"):
        load_catalog()
