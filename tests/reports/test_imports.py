"""reports/ stands alone: it imports neither the library nor the pipelines."""

import ast
import sys
from pathlib import Path

import pytest

import reports

FOLDER = Path(str(reports.__file__)).parent
ALLOWED = {"reports", "numpy", "pandas", "jinja2", "markupsafe", "matplotlib", "ruamel"}


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.py")), ids=lambda file: file.stem)
def test_a_module_imports_only_what_it_may(file: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module and node.level == 0
            names.add(node.module)
    packages = {name.split(".")[0] for name in names}
    assert packages - ALLOWED <= set(sys.stdlib_module_names)
