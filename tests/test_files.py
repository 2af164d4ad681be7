"""Files and folders that are whole or absent."""

import hashlib
import os
from pathlib import Path

import pytest

from memnet.files import atomic_folder, atomic_path, copy_file, read_json, sha256_of, write_json


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    goal = tmp_path / "new" / "a.csv"
    with atomic_path(goal) as part:
        assert part.suffix == ".csv" and not part.exists()
        part.write_text("1")
        assert not goal.exists()
    assert tree(tmp_path) == {"new/a.csv": "1"}
    assert [path.name for path in goal.parent.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    goal = tmp_path / "a"
    goal.write_text("old")
    with pytest.raises(error), atomic_path(goal) as part:
        part.write_text("half")
        raise error
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert goal.read_text() == "old"


def test_writing_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a"):
        pass
    assert tree(tmp_path) == {"a": "old"}


def test_a_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    goal = tmp_path / "deep" / "out"
    for content in ({"a": "1", "b/c": "2"}, {"b/d": "3"}):
        with atomic_folder(goal) as part:
            for name, text in content.items():
                (part / name).parent.mkdir(exist_ok=True)
                (part / name).write_text(text)
        assert tree(tmp_path) == {f"deep/out/{name}": text for name, text in content.items()}
        assert [path.name for path in goal.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_folder(tmp_path: Path, error: type[BaseException]) -> None:
    goal = tmp_path / "out"
    goal.mkdir()
    (goal / "a").write_text("old")
    with pytest.raises(error), atomic_folder(goal) as part:
        (part / "a").write_text("half")
        raise error
    assert tree(tmp_path) == {"out/a": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_move_that_fails_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = tmp_path / "out"
    goal.mkdir()
    (goal / "a").write_text("old")
    move = os.replace

    def failing(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError("disk error")
        move(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="disk error"), atomic_folder(goal) as part:
        (part / "a").write_text("new")
    assert tree(tmp_path) == {"out/a": "old"}


def test_a_new_folder_can_be_read_by_others_as_any_folder(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with atomic_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_json_round_trip(tmp_path: Path) -> None:
    value = {"a": [1, 0.1 + 0.2, None, True], "b": {"c": "ü"}}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    assert (tmp_path / "a.json").read_text(encoding="utf-8").endswith("}\n")


def test_json_has_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"psnr": float("nan")})
    assert read_json(tmp_path / "a.json") == 1


def test_copies_and_hashes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "a").write_bytes(content)
    copy_file(tmp_path / "a", tmp_path / "sub" / "b")
    assert (tmp_path / "sub" / "b").read_bytes() == content
    assert sha256_of(tmp_path / "sub" / "b") == hashlib.sha256(content).hexdigest()
