"""A folder of images as a dataset of yours: what is written, and that a refusal writes nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memnet.data.adding import add_dataset, remove_dataset
from memnet.data.catalog import BUILT_IN, Dataset, File, load_catalog
from memnet.data.fetch import fetch, verify
from memnet.errors import InputError
from memnet.files import sha256_of
from memnet.imaging.io import pixel_sha256, write_png
from tests.projects import make_project, smooth_image

REGISTRY = Path("datasets/own/registry.yaml")
SHIPPED = BUILT_IN
HASHES = Path("datasets/own/hashes")
TEXTS = {"title": "My photos", "licence": "mine", "citation": "me"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_project(tmp_path, monkeypatch)


@pytest.fixture
def photos(here: Path) -> Path:
    """Folder with two images, one in colour and one in grey."""
    folder = here / "photos"
    write_png(folder / "b.png", smooth_image(7))
    write_png(folder / "a.png", smooth_image(8)[..., 0])
    return folder


def add(
    name: str = "mine", folder: Path = Path("photos"), role: str = "test", **texts: str
) -> Dataset:
    return add_dataset(
        name, folder, load_catalog(), role=role, progress=lambda *_: None, **TEXTS | texts
    )


def contents() -> dict[str, bytes]:
    """Every file of the catalogue."""
    return {str(path): path.read_bytes() for path in Path("datasets").rglob("*") if path.is_file()}


@pytest.fixture
def fault() -> Callable[..., str]:
    """The sentence of a refusal, which must leave the catalogue as it is."""

    def sentence(*arguments: object, **options: str) -> str:
        before = contents()
        with pytest.raises(InputError) as error:
            add(*arguments, **options)  # type: ignore[arg-type]
        assert contents() == before
        assert "\n" not in str(error.value)
        return str(error.value)

    return sentence


# What is added


def test_the_catalogue_knows_the_new_dataset(photos: Path) -> None:
    added = add(role="both")
    assert added == load_catalog()["mine"]
    assert (added.id, added.title, added.role, added.count) == ("mine", "My photos", "both", 2)
    assert (added.licence, added.citation) == ("mine", "me")
    assert [source.folder for source in added.sources] == [str(photos)]
    assert load_catalog().files("mine") == [
        File(
            dataset="mine",
            name=path.name,
            bytes=path.stat().st_size,
            sha256=sha256_of(path),
            pixels=pixel_sha256(path),
        )
        for path in (photos / "a.png", photos / "b.png")
    ]


def test_the_new_dataset_can_be_fetched(photos: Path) -> None:
    add()
    fetch("mine", "out", load_catalog())
    assert verify("out", "mine", load_catalog()) == []
    assert Path("out/a.png").read_bytes() == (photos / "a.png").read_bytes()


def test_a_relative_folder_is_found_from_elsewhere(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(folder=Path("images/../photos"))
    catalog = load_catalog(own=REGISTRY.resolve())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    fetch("mine", "out", catalog)
    assert Path("out/b.png").is_file()


def test_progress_counts_images(photos: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    add_dataset(
        "mine", photos, load_catalog(), role="test", progress=lambda *step: seen.append(step),
        **TEXTS,
    )  # fmt: skip
    assert seen == [(1, 2, "a.png"), (2, 2, "b.png")]


def test_files_of_other_kinds_are_left_alone(photos: Path) -> None:
    (photos / "notes.txt").write_text("Norway")
    (photos / "._a.png").write_text("what a Mac leaves behind")
    (photos / "deeper").mkdir()
    assert add().count == 2


@pytest.mark.parametrize(
    "end",
    [b"", b"\n", b"\n\n", b"\n\n\n", b"\n# the end", b"\n\n# the end\n", b"  # \xc3\xbc \n"],
    ids=repr,
)
def test_all_other_text_of_the_catalogue_is_kept_byte_for_byte(photos: Path, end: bytes) -> None:
    before = REGISTRY.read_bytes().rstrip(b"\n") + end
    REGISTRY.write_bytes(before)
    add("one")
    between = REGISTRY.read_bytes()
    add("two")
    assert between.startswith(before)
    assert REGISTRY.read_bytes().startswith(between)
    gap = between.removeprefix(before).split(b"one:")[0]
    assert (before + gap).endswith(b"\n\n")  # an empty line
    assert list(load_catalog().datasets) == ["tiny", "one", "two"]


def test_line_ends_of_another_system_are_kept(photos: Path) -> None:
    before = REGISTRY.read_bytes().replace(b"\n", b"\r\n")
    REGISTRY.write_bytes(before)
    add()
    assert REGISTRY.read_bytes().startswith(before)
    assert list(load_catalog().datasets) == ["tiny", "mine"]


@pytest.mark.parametrize(
    "name", ["0", "mine", "a-b_c", "123", "1e3", "0x10", "1_000", "2001-01-01", "null", "true", "y"]
)
def test_a_name_that_yaml_would_take_for_something_else_is_a_name(photos: Path, name: str) -> None:
    assert add(name).id == name
    assert load_catalog()[name].count == 2


@pytest.mark.parametrize(
    "text", ["a: b # c", "'x' \"y\"", "[1]", "- Ünï", "null", "{}", "%&*!|>@`"]
)
def test_texts_come_back_as_they_were_given(photos: Path, text: str) -> None:
    added = add(title=text, licence=text, citation=text)
    assert (added.title, added.licence, added.citation) == (text, text, text)


@pytest.mark.parametrize("name", ["a b.png", "it's.png", 'say "a".png', "a  b.PNG", "[x] ü#.png"])
def test_names_of_files_may_hold_spaces_and_quotes(here: Path, name: str) -> None:
    folder = here / 'my "old" photos, it\'s: #1'
    write_png(folder / "tmp.png", smooth_image(7))
    (folder / "tmp.png").rename(folder / name)
    add(folder=folder)
    fetch("mine", "out", load_catalog())
    assert [path.name for path in Path("out").iterdir()] == [name]


def test_the_first_dataset_makes_the_file(photos: Path) -> None:
    REGISTRY.unlink()
    add()
    assert REGISTRY.read_text().startswith("mine:\n")
    assert list(load_catalog().datasets) == ["mine"]


# What is removed


def test_a_dataset_that_was_added_and_removed_leaves_no_trace(photos: Path) -> None:
    before = contents()
    add()
    remove_dataset("mine", load_catalog())
    told = REGISTRY.read_text()
    assert told.split() == before[str(REGISTRY)].decode().split()
    assert contents().keys() == before.keys() and (photos / "a.png").exists()


def test_without_datasets_there_is_no_file() -> None:
    remove_dataset("tiny", load_catalog())
    assert contents() == {} and list(load_catalog()) == []


def test_what_is_not_ones_own_or_is_a_part_stays(photos: Path) -> None:
    half = "\nhalf:\n  title: Half\n  role: test\n  parts: [tiny]\n  resize: 0.5\n"
    REGISTRY.write_text(REGISTRY.read_text() + half)
    before = contents()
    with pytest.raises(InputError, match=r"^tiny must stay, it is a part of half: remove that"):
        remove_dataset("tiny", load_catalog())
    with pytest.raises(InputError, match=r"^set5 comes with the package and cannot be removed$"):
        remove_dataset("set5", load_catalog(SHIPPED))
    assert contents() == before


# What is refused


@pytest.mark.parametrize(
    "name",
    ["", "..", ".", "../mine", "a/b", "a.b", "Mine", "mine ", "mine\n", "-a", "_a", "ü", "٣"],
)
def test_a_name_that_is_no_id(photos: Path, fault: Callable[..., str], name: str) -> None:
    assert fault(name) == (
        "a dataset's name must be small letters, digits, - and _, beginning with a letter or "
        f"digit, got {name!r}"
    )


def test_a_name_that_is_taken(photos: Path, fault: Callable[..., str]) -> None:
    told = "{} is in datasets/own/registry.yaml already: take another name"
    assert fault("tiny") == told.format("tiny")
    add("mine")
    assert fault("mine") == told.format("mine")


@pytest.mark.parametrize("role", ["tset", "weights", ""])
def test_a_role_that_images_cannot_have(photos: Path, fault: Callable[..., str], role: str) -> None:
    assert fault(role=role) == (
        f"the role of a dataset must be one of train, test, both, got {role!r}"
    )


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize("text", ["", " ", "two\nlines", "\x1b[31mred", "\udcff"])
def test_texts_that_would_spoil_the_catalogue(
    photos: Path, fault: Callable[..., str], key: str, text: str
) -> None:
    assert fault(**{key: text}) == f"the {key} of a dataset must be plain text, got {text!r}"


@pytest.mark.parametrize("make", [lambda path: None, Path.touch])
def test_a_folder_that_is_none(
    here: Path, fault: Callable[..., str], make: Callable[[Path], None]
) -> None:
    make(here / "nothing")
    assert fault("mine", Path("nothing")) == "nothing must be a folder of images"


def test_a_folder_without_images(here: Path, fault: Callable[..., str]) -> None:
    (here / "photos").mkdir()
    (here / "photos/notes.txt").touch()
    assert fault() == (
        "photos must hold images (.avif, .bmp, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .tif, .tiff, "
        ".webp), got none"
    )


@pytest.mark.parametrize(
    ("mode", "size", "sentence"),
    [
        ("RGBA", (40, 40), 'image must be 8-bit grey or RGB, got "RGBA" in photos/c.png'),
        ("I;16", (40, 40), 'image must be 8-bit grey or RGB, got "I;16B" in photos/c.png'),
        ("1", (40, 40), 'image must be 8-bit grey or RGB, got "1" in photos/c.png'),
        ("L", (1, 1), "image must be at least 32x32 pixels, got 1x1 in photos/c.png"),
        ("L", (31, 40), "image must be at least 32x32 pixels, got 31x40 in photos/c.png"),
    ],
)
def test_images_of_another_kind(
    photos: Path, fault: Callable[..., str], mode: str, size: tuple[int, int], sentence: str
) -> None:
    Image.new(mode, size).save(photos / "c.png")
    assert fault().startswith(sentence)


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (-300, "image must be whole, got damaged bytes in photos/b.png ("),
        (20, "image must be "),
        (0, "image must not be empty, got zero bytes in photos/b.png; copy it again"),
    ],
)
def test_an_image_that_is_cut_short(
    photos: Path, fault: Callable[..., str], keep: int, sentence: str
) -> None:
    (photos / "b.png").write_bytes((photos / "b.png").read_bytes()[:keep])
    assert fault().startswith(sentence)


def test_two_images_of_one_name(photos: Path, fault: Callable[..., str]) -> None:
    Image.new("L", (40, 40)).save(photos / "b.bmp")
    assert fault() == "the images of photos must have different names, got b.bmp and b.png"


@pytest.mark.parametrize(
    "name",
    ["a\nb.png", "a\tb.png", " a.png", "a\u2028b.png", "a\x1b.png", "a\udcff.png", "a\\b.png"],
)
def test_a_name_that_could_not_be_written_down(
    photos: Path, fault: Callable[..., str], name: str
) -> None:
    (photos / "a.png").rename(photos / name)
    assert fault() == f"an image's name must be plain text, got {name!r}: rename it"


def test_a_catalogue_that_cannot_take_another_entry_stays_as_it_is(
    photos: Path, fault: Callable[..., str]
) -> None:
    source = "{title: T, role: test, count: 2, licence: n, citation: n, sources: [{folder: x}]}"
    REGISTRY.write_text(f"{{tiny: {source}}}\n")  # nothing can be appended to that
    told = fault()
    assert told.startswith("datasets/own/registry.yaml, line 3 is not valid YAML: ")


def test_images_that_changed_afterwards_are_refused_by_fetch(photos: Path) -> None:
    add()
    catalog = load_catalog()
    data = bytearray((photos / "b.png").read_bytes())
    expected = sha256_of(photos / "b.png")
    data[-20] ^= 1
    (photos / "b.png").write_bytes(data)
    remedy = "put it back, or take the dataset out of the catalogue and add it again"
    with pytest.raises(InputError) as error:
        fetch("mine", "out", catalog)
    assert str(error.value) == (
        f"{photos / 'b.png'} must have sha256 {expected}, got {sha256_of(photos / 'b.png')}; "
        f"{remedy}"
    )
    (photos / "b.png").unlink()
    with pytest.raises(InputError) as error:
        fetch("mine", "out", catalog)
    assert str(error.value) == (
        f"b.png of mine could not be had from any source: no {photos / 'b.png'}; {remedy}"
    )


def test_32_pixels_in_a_lossy_or_a_lossless_file_are_enough(here: Path) -> None:
    folder = here / "photos"
    folder.mkdir()
    pixels = np.zeros((32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "a.jpg")
    Image.fromarray(pixels[..., 0]).save(folder / "b.tif")
    assert add().count == 2
