"""dvc.yaml says the truth: what a stage declares is what its main imports and reads."""

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
PACKAGES = ("memnet", "pipelines", "reports")
# These cannot change a byte of a result: errors and progress are words on a screen ...
WITHOUT_EFFECT = {"memnet/errors.py", "pipelines/__init__.py", "pipelines/progress.py"}
# ... and of a training, MLflow only shows the curves as they grow.
CUTS = {"pipelines.train": WITHOUT_EFFECT | {"memnet/tracking.py"}}
STAGES: dict[str, Any] = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


def body(name: str) -> dict[str, Any]:
    """A stage, or what a foreach stage does."""
    stage: dict[str, Any] = STAGES[name]
    return stage.get("do", stage)


def module_of(name: str) -> str:
    return body(name)["cmd"].split("python -m ")[1].split()[0]


def source_of(module: str) -> Path | None:
    """File of a module of this repository."""
    path = ROOT / module.replace(".", "/")
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if module.split(".")[0] in PACKAGES and file.is_file():
            return file
    return None


@cache
def imports_of(file: Path) -> frozenset[str]:
    """Modules that a file imports, also inside functions, with their packages."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    parents = {".".join(m.split(".")[:n]) for m in found for n in range(1, m.count(".") + 1)}
    return frozenset(found | parents)


def closure(module: str) -> set[str]:
    """Repository files with code that importing a module runs, apart from those without effect."""
    cut = CUTS.get(module, WITHOUT_EFFECT)
    waiting, seen = [source_of(module)], set()
    while waiting:
        file = waiting.pop()
        if file is None or file in seen or file.relative_to(ROOT).as_posix() in cut:
            continue
        seen.add(file)
        waiting += [source_of(name) for name in imports_of(file)]
    with_code = (file for file in seen if len(ast.parse(file.read_text()).body) > 1)
    return {file.relative_to(ROOT).as_posix() for file in with_code}


@pytest.mark.parametrize("stage", STAGES)
def test_declared_code_is_the_import_closure(stage: str) -> None:
    declared = {dep for dep in body(stage).get("deps", []) if dep.endswith(".py")}
    assert sorted(declared) == sorted(closure(module_of(stage)))
