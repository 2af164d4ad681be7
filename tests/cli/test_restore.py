"""`memnet restore`: which files it takes, where results go, and what it refuses before it works."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from memnet.cli import restore as command
from memnet.cli.restore import goal_paths, photo_paths
from memnet.errors import InputError
from memnet.imaging.photo import Photo, read_photo, write_photo
from memnet.methods import networks
from memnet.methods.networks import NamedNetwork
from memnet.models.config import VdsrConfig
from memnet.models.network import build_network

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
ALPHA = RNG.integers(0, 256, (20, 24), dtype=np.uint8)
APP = typer.Typer()
APP.command()(command.restore)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, str]]:
    """What networks were asked for; the one that is found returns its input."""
    calls: list[tuple[str | None, str]] = []

    def find_network(name: str | None, task: str) -> NamedNetwork:
        calls.append((name, task))
        config = VdsrConfig(depth=3, num_features=2, initialization="identity")
        return NamedNetwork("same", build_network(config).eval())

    monkeypatch.setattr(networks, "find_network", find_network)
    return calls


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: object) -> Path:
    """The working folder, which holds some photos."""
    monkeypatch.chdir(tmp_path)
    for name, pixels, alpha in (
        ("a.png", COLOUR, None), ("b.tif", GREY, ALPHA), ("sub/c.png", GREY, None)
    ):  # fmt: skip
        write_photo(Path("photos") / name, Photo(pixels, alpha, None))
    Path("photos/notes.txt").write_text("Norway")
    Path("photos/._a.png").write_text("what a Mac leaves behind")
    return tmp_path


def run(*arguments: str) -> str:
    """Output of the command; its error is raised."""
    result = CliRunner().invoke(APP, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


DENOISE = ("--task", "denoising", "--sigma", "25", "--device", "cpu")


def test_one_photo_to_one_file(here: Path, asked: list) -> None:
    said = run("photos/a.png", *DENOISE, "--method", "mine", "-o", "new/out.png")
    np.testing.assert_array_equal(read_photo("new/out.png").pixels, COLOUR)
    assert said.endswith("1 restored by same: new/out.png\n")
    assert "restore: 100% a.png (1 of 1)" in said
    assert asked == [("mine", "denoising")]


def test_one_photo_to_another_kind_of_file(here: Path) -> None:
    run("photos/b.tif", *DENOISE, "-o", "out.WEBP")
    with Image.open("out.WEBP") as image:
        assert image.format == "WEBP"
    np.testing.assert_array_equal(read_photo("out.WEBP").alpha, ALPHA)


def test_a_folder_to_a_folder(here: Path, asked: list) -> None:
    said = run("photos", *DENOISE, "-o", "out")
    assert names("out") == ["a.png", "b.png"]
    np.testing.assert_array_equal(read_photo("out/a.png").pixels, COLOUR)
    got = read_photo("out/b.png")
    np.testing.assert_array_equal(got.pixels, GREY)
    np.testing.assert_array_equal(got.alpha, ALPHA)
    assert said.endswith("2 restored by same: out\n")
    assert asked == [(None, "denoising")]


def test_enlarging(here: Path) -> None:
    run("photos/a.png", "photos/b.tif", "--task", "super_resolution", "--scale", "3", "-o", "out")
    assert read_photo("out/a.png").pixels.shape == (60, 72, 3)
    assert read_photo("out/b.png").alpha.shape == (60, 72)


@pytest.mark.parametrize("tile", ["0", "7"])
def test_the_size_of_tiles_can_be_chosen(here: Path, tile: str) -> None:
    run("photos/a.png", *DENOISE, "--tile", tile, "-o", "out.png")
    np.testing.assert_array_equal(read_photo("out.png").pixels, COLOUR)


def test_progress_is_that_of_all_photos_by_their_pixels() -> None:
    shown: list[tuple[float, float]] = []
    show = command._overall(lambda done, total, note: shown.append((done, total)), [10, 30], 1, "")
    show(1, 3)
    show(3, 3)
    assert shown == [(20, 40), (40, 40)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["photos"], ["photos/a.png", "photos/b.tif"]),
        (["photos/*"], ["photos/a.png", "photos/b.tif"]),
        (["p*/[ab].*"], ["photos/a.png", "photos/b.tif"]),
        (["photos/**/c.png"], ["photos/sub/c.png"]),
        (["photos/b.tif", "photos"], ["photos/b.tif", "photos/a.png"]),
        (["photos/notes.txt"], ["photos/notes.txt"]),  # a file is taken at its word
        (["nothing.png"], ["nothing.png"]),
    ],
)
def test_arguments_stand_for_files(here: Path, given: list[str], expected: list[str]) -> None:
    assert photo_paths([Path(name) for name in given]) == [Path(name) for name in expected]


def test_a_name_with_brackets_is_a_name(here: Path) -> None:
    write_photo("photos/x[1].png", Photo(GREY, None, None))
    assert photo_paths([Path("photos/x[1].png")]) == [Path("photos/x[1].png")]
    run("photos/x[1].png", *DENOISE, "-o", "out")
    assert names("out") == ["x[1].png"]


def goals(paths: list[str], out: str) -> list[str]:
    return [str(goal) for goal in goal_paths([Path(path) for path in paths], Path(out))]


def test_goals(here: Path) -> None:
    assert goals(["photos/a.png"], "out.jpg") == ["out.jpg"]
    assert goals(["photos/a.png"], "out") == ["out/a.png"]
    assert goals(["photos/a.png", "photos/b.tif"], "out.v2") == ["out.v2/a.png", "out.v2/b.png"]
    Path("folder.png").mkdir()
    assert goals(["photos/a.png"], "folder.png") == ["folder.png/a.png"]
    Path("out.jpg").write_text("of yesterday")
    assert goals(["photos/a.png"], "out.jpg") == ["out.jpg"]


@pytest.mark.parametrize(
    ("paths", "out", "sentence"),
    [
        (["a.jpg", "x/a.png"], "out",
         "photos must have different names, got a.jpg and x/a.png, which would both become "
         "out/a.png: restore them into two folders"),
        (["a.jpg", "A.jpg"], "out", "photos must have different names, got a.jpg and A.jpg"),
        (["photos/a.png"], "photos", "photos/a.png must not be overwritten, it is a photo to be"),
        (["photos/a.png"], "photos/a.png", "photos/a.png must not be overwritten"),
        (["photos/a.png"], "link.png", "link.png must not be overwritten"),
        (["photos/x.jpg", "photos/a.png"], "photos", "photos/a.png must not be overwritten"),
        (["photos/a.png", "photos/b.tif"], "out.png",
         "--out must be a folder for 2 photos, got the file out.png"),
        (["photos/a.png"], "photos/notes.txt",
         "--out must be a folder or an image file, got photos/notes.txt, which is neither"),
    ],
)  # fmt: skip
def test_refused_goals(here: Path, paths: list[str], out: str, sentence: str) -> None:
    Path("link.png").symlink_to("photos/a.png")
    with pytest.raises(InputError) as caught:
        goals(paths, out)
    assert str(caught.value).startswith(sentence)


def test_nothing_is_overwritten_by_way_of_another_photo(here: Path) -> None:
    """x.jpg would become x.png, which is itself to be restored."""
    write_photo("photos/x.png", Photo(GREY, None, None))
    write_photo("other/x.jpg", Photo(GREY, None, None))
    with pytest.raises(InputError, match=r"^photos/x.png must not be overwritten"):
        run("other/x.jpg", "photos/x.png", *DENOISE, "-o", "photos")
    with pytest.raises(InputError, match=r"must not be overwritten"):
        run("other/x.jpg", *DENOISE, "-o", "other/x.jpg")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.png"], "image must be a file, got nothing.png, which does not exist"),
        (["photos/notes.txt"], "image must be one of BMP, .*, got something else in photos/notes"),
        (["none/*.png"], r"none/\*.png must hold images \(.bmp, .*\), got none"),
        (["empty"], r"empty must hold images \(.bmp, .*\), got none"),
        (["photos", "deep.png"], "image must be grey, RGB .* got more than 8 bits in deep.png"),
        (["photos/b.tif", "-o", "out.jpg"], "out.jpg must not be JPEG, which holds no alpha"),
        (["photos/a.png", "-o", "out.gif"], "an image file must end in one of .png, .jpg, "),
        (["photos", "--sigma", "300"], r"sigma of denoising must be in \[1, 255\], got 300"),
        (["photos", "--quality", "3"], "--quality has no meaning for denoising"),
        (["photos", "--task", "art"], "--task must be one of super_resolution, .*, got 'art'"),
        (["photos", "--device", "tpu"], "device must be auto, cpu or cuda, got 'tpu'"),
    ],
)
def test_refused_before_any_network_is_looked_for(
    here: Path, asked: list, arguments: list[str], sentence: str
) -> None:
    Path("empty").mkdir()
    Image.fromarray(GREY.astype(np.uint16)).save("deep.png")
    with pytest.raises(InputError, match=f"^{sentence}"):
        run(*DENOISE, "-o", "out", *arguments)
    assert not asked and not Path("out").exists()


def test_a_folder_that_cannot_be_made_is_found_out_first(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memnet.inference.photo.restore_photo", None)  # to be called in vain
    with pytest.raises(OSError, match=r"notes.txt"):
        run("photos/a.png", *DENOISE, "-o", "photos/notes.txt/out.png")


def test_a_damaged_photo_leaves_those_before_it(here: Path) -> None:
    data = Path("photos/a.png").read_bytes()
    Path("photos/z.png").write_bytes(data[:-300])
    with pytest.raises(
        InputError, match=r"^image must be whole, got damaged bytes in photos/z.png"
    ):
        run("photos", *DENOISE, "-o", "out")
    assert names("out") == ["a.png", "b.png"]


def test_help_needs_no_torch() -> None:
    code = "import sys; import memnet.cli.restore; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
