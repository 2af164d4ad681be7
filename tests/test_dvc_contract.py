"""dvc.yaml says the truth: what a stage declares is what its main imports and reads."""

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from memnet import params
from memnet.models import config
from memnet.params import Params
from memnet.schema import Section, TaskName

ROOT = Path(__file__).parent.parent
PACKAGES = ("memnet", "pipelines", "reports")
# These cannot change a byte of a result: errors and progress are words on a screen, the version ...
WITHOUT_EFFECT = {
    "memnet/errors.py", "memnet/progress.py", "memnet/__init__.py", "pipelines/__init__.py"
}  # fmt: skip
# ... and of a training, MLflow only shows the curves as they grow, under the profile's name.
CUTS = {
    "pipelines.train": WITHOUT_EFFECT
    | {file.relative_to(ROOT).as_posix() for file in (ROOT / "memnet/tracking").iterdir()}
}
SHOWN_ONLY = {"pipelines.train": {"profile"}}
METHODS = {  # of Params, and what they take
    "plan": {"experiments", "networks", "recipes", "training_sets"},
    "benchmark": {"benchmarks"},
    "method": {"methods"},
}
STAGES: dict[str, Any] = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


def body(name: str) -> dict[str, Any]:
    """A stage, or what a foreach stage does."""
    stage: dict[str, Any] = STAGES[name]
    return stage.get("do", stage)


def module_of(name: str) -> str:
    return body(name)["cmd"].split("python -m ")[1].split()[0]


MODULES = sorted({module_of(name) for name in STAGES})


def source_of(module: str) -> Path | None:
    """File of a module of this repository."""
    path = ROOT / module.replace(".", "/")
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if module.split(".")[0] in PACKAGES and file.is_file():
            return file
    return None


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports_of(file: Path) -> frozenset[str]:
    """Modules that a file imports, also inside functions, with their packages."""
    found: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    parents = {".".join(m.split(".")[:n]) for m in found for n in range(1, m.count(".") + 1)}
    return frozenset(found | parents)


def closure(module: str) -> set[str]:
    """Repository files with code that importing a module runs, those without effect left out."""
    cut = CUTS.get(module, WITHOUT_EFFECT)
    waiting, seen = [source_of(module)], set()
    while waiting:
        file = waiting.pop()
        if file is None or file in seen or file.relative_to(ROOT).as_posix() in cut:
            continue
        seen.add(file)
        waiting += [source_of(name) for name in imports_of(file)]
    with_code = (file for file in seen if len(tree_of(file).body) > 1)
    return {file.relative_to(ROOT).as_posix() for file in with_code}


def sections_read(module: str) -> set[str]:
    """Sections of params.yaml that a stage's code takes from a variable named params."""
    found: set[str] = set()
    for file in (f for f in closure(module) if not f.startswith("memnet/params/")):
        for node in ast.walk(tree_of(ROOT / file)):
            if not isinstance(node, ast.Attribute):
                continue
            origin = node.value.func if isinstance(node.value, ast.Call) else node.value
            if isinstance(origin, ast.Name) and origin.id in ("params", "load_params"):
                found |= METHODS.get(node.attr, {node.attr})
    return (found & set(Params.model_fields)) - SHOWN_ONLY.get(module, set())


def code_in(dep: str) -> set[str]:
    """Files with code that a dependency stands for: itself, or those of a whole package."""
    files = [ROOT / dep] if dep.endswith(".py") else (ROOT / dep).rglob("*.py")
    return {f.relative_to(ROOT).as_posix() for f in files if len(tree_of(f).body) > 1}


@pytest.mark.parametrize("stage", STAGES)
def test_declared_code_is_the_import_closure(stage: str) -> None:
    """A folder stands for all its files, of which the stage needs some; a file for itself."""
    deps = [dep for dep in body(stage).get("deps", []) if dep.startswith(PACKAGES)]
    declared = {dep: code_in(dep) for dep in deps}
    needed = closure(module_of(stage))
    assert needed - set(chain(*declared.values())) == set()
    idle = [dep for dep, files in declared.items() if files and not files & needed]
    assert idle == []


@pytest.mark.parametrize("module", MODULES)
def test_declared_params_are_the_sections_read(module: str) -> None:
    stages = [body(name) for name in STAGES if module_of(name) == module]
    keys = [key for stage in stages for key in stage.get("params", [])]
    declared = {key.split(".")[0] for key in keys if isinstance(key, str)}
    if any("params.yaml" in stage["deps"] for stage in stages):  # the page shows all of it
        declared |= sections_read(module)
    assert declared == sections_read(module)


def test_every_setting_is_read_somewhere() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
    )
    classes = [
        value
        for module in (params, config)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Section)
        if value is not params.Grid  # its fields are read by the name of a task
    ]
    assert set(params.Grid.model_fields) == set(get_args(TaskName))
    fields = {(cls.__name__, field) for cls in classes for field in cls.model_fields}
    assert len(fields) > 40
    unread = {(c, f) for c, f in fields if not re.search(rf"\.{f}\b", code)}
    assert unread == set()


def test_only_cheap_stages_are_kept_out_of_the_cache() -> None:
    uncached = {
        name for name in STAGES for out in body(name).get("outs", []) if isinstance(out, dict)
    }
    assert uncached == {"track", "report"}


def test_results_are_enumerated_and_never_globbed() -> None:
    packages = (ROOT / "memnet" / name for name in ("results", "tracking"))
    files = [file for package in packages for file in sorted(package.glob("*.py"))]
    assert len(files) > 15
    stages = [
        ROOT / "pipelines/track.py",
        ROOT / "pipelines/report.py",
        ROOT / "reports/pages/gather.py",
    ]
    for file in (*files, *stages):
        assert not re.search(r"glob|iterdir|listdir|os\.walk", file.read_text())
