"""Who may import whom: the arrows point downwards, and nothing else lies loose."""

from pathlib import Path

import pytest

from tests.test_dvc_contract import PACKAGES, ROOT, imports_of

GROUND = {"errors", "files", "progress", "schema", "seeding"}
# A room may import those of lower rows, and those of its own row that stand before it.
ROWS = [
    ["imaging"], ["models"], ["tasks"], ["published"], ["params"], ["pretrained"], ["results"],
    ["data"], ["inference"], ["explanation"], ["methods"], ["training"], ["tracking"],
    ["evaluation"], ["api"], ["bench"], ["cli"],
]  # fmt: skip
ORDER = [room for row in ROWS for room in row]


def rooms() -> list[str]:
    return sorted(
        path.name for path in (ROOT / "memnet").iterdir() if (path / "__init__.py").exists()
    )


def test_every_room_has_its_place() -> None:
    assert sorted(ORDER) == rooms()
    loose = {path.stem for path in (ROOT / "memnet").glob("*.py")} - {"__init__", "__main__"}
    assert loose == GROUND


def files_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_only_lower_ones(room: str) -> None:
    lower = {*GROUND, *ORDER[: ORDER.index(room) + 1]}
    for file in files_of(f"memnet/{room}"):
        used = {name.split(".")[1] for name in imports_of(file) if name.startswith("memnet.")}
        above = {name for name in used if name in ORDER or name in GROUND} - lower
        assert above == set(), file
        assert not {"pipelines", "reports"} & {name.split(".")[0] for name in imports_of(file)}, (
            file
        )


def test_the_ground_floor_stands_on_nothing() -> None:
    for file in (ROOT / f"memnet/{name}.py" for name in GROUND):
        used = {name.split(".")[1] for name in imports_of(file) if name.startswith("memnet.")}
        assert not used & set(ORDER), file


@pytest.mark.parametrize("file", files_of("reports"), ids=lambda file: file.stem)
def test_reports_import_no_stage_and_no_torch(file: Path) -> None:
    used = {name.split(".")[0] for name in imports_of(file)}
    assert not used & {"pipelines", "torch", "mlflow", "dvc"}


def test_tracking_alone_imports_mlflow() -> None:
    for package in PACKAGES:
        for file in files_of(package):
            used = {name.split(".")[0] for name in imports_of(file)}
            assert not used & {"dvc", "datasets"}, file
            assert "mlflow" not in used or file.parent.name == "tracking", file
