"""A Python function as a method: what it is given, and what a user is told of one that fails."""

import importlib
import itertools
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from memnet.errors import InputError
from memnet.methods.callables import CallableRestorer, load_callable
from memnet.tasks.task import DegradedImage

PLANE = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
NUMBERS = itertools.count()
Write = Callable[[str], str]


def degraded_image() -> DegradedImage:
    return DegradedImage(PLANE.copy(), 3, "tiny", "bird", 0, None)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Function that writes a module into the working folder and returns its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def written(text: str) -> str:
        name = f"method_of_a_user_{next(NUMBERS)}"
        Path(f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return name

    return written


def restored(spec: str) -> np.ndarray:
    result: np.ndarray = CallableRestorer(spec)(degraded_image())
    return result


def fault(spec: str) -> str:
    with pytest.raises(InputError) as error:
        restored(spec)
    assert "\n" not in str(error.value)
    return str(error.value)


# What works


@pytest.mark.parametrize(
    ("definition", "factor"),
    [
        ("def f(plane): return 2 * plane", 2),
        ("def f(plane, /): return 2 * plane", 2),
        ("def f(*planes): return 2 * planes[0]", 2),
        ("def f(plane, level): return level * plane", 3),
        ("def f(plane, sigma): return sigma * plane", 3),
        ("def f(plane, level=7): return level * plane", 3),
        ("def f(plane, strength=7): return strength * plane", 7),  # no level: its own default
        ("def f(plane, *, strength=7): return strength * plane", 7),
        ("def f(plane, level, strength=7): return level * strength * plane", 21),
        ("def f(plane, level, *, strength=7, **more): return level * strength * plane", 21),
        ("f = lambda plane: 2 * plane", 2),
        ("import functools\ndef g(p, l): return l * p\nf = functools.partial(g, l=5)", 5),
        ("import functools\ndef g(s, p, l): return s * l * p\nf = functools.partial(g, 5)", 15),
        ("class C:\n def __call__(self, plane): return 2 * plane\nf = C()", 2),
        ("class C:\n def __call__(self, plane, level): return level * plane\nf = C()", 3),
        ("class C:\n def g(self, plane, level): return level * plane\nf = C().g", 3),
        ("class C:\n @classmethod\n def g(cls, plane): return 2 * plane\nf = C.g", 2),
    ],
)
def test_a_function_is_given_the_plane_and_the_level_where_it_takes_one(
    write: Write, definition: str, factor: int
) -> None:
    np.testing.assert_array_equal(restored(f"{write(definition)}:f"), factor * PLANE)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("builtins:abs", PLANE),
        ("operator:neg", -PLANE),
        ("numpy:sqrt", np.sqrt(PLANE)),  # a ufunc
        ("numpy:copy", PLANE),
        ("numpy:float32", PLANE),  # a class without a signature
        ("numpy:flipud", PLANE[::-1]),
        ("scipy.fft:dct", None),  # has options of its own
    ],
)
def test_functions_of_installed_packages_work(
    monkeypatch: pytest.MonkeyPatch, spec: str, expected: np.ndarray | None
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    got = restored(spec)
    assert got.shape == PLANE.shape
    if expected is not None:
        np.testing.assert_array_equal(got, expected)


def test_the_plane_is_single_precision_and_the_functions_own(write: Write) -> None:
    name = write("def f(plane):\n  assert plane.dtype == 'float32'\n  plane *= 0\n  return plane")
    seen = degraded_image()
    assert not CallableRestorer(f"{name}:f")(seen).any()
    np.testing.assert_array_equal(seen.plane, PLANE)


def test_the_working_folder_is_searched_first(write: Write) -> None:
    Path("this.py").write_text("def f(plane): return 2 * plane")  # hides the standard one
    sys.modules.pop("this", None)
    np.testing.assert_array_equal(restored("this:f"), 2 * PLANE)
    del sys.modules["this"]


def test_a_package_has_modules(write: Write) -> None:
    folder = Path(f"package_of_a_user_{next(NUMBERS)}")
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "net.py").write_text("def f(plane): return 2 * plane")
    importlib.invalidate_caches()
    np.testing.assert_array_equal(restored(f"{folder}.net:f"), 2 * PLANE)


def test_only_the_name_travels_to_another_process(write: Write) -> None:
    restorer = CallableRestorer(f"{write('f = lambda plane: 2 * plane')}:f")
    restorer(degraded_image())  # what it has imported by now cannot be pickled
    travelled = pickle.loads(pickle.dumps(restorer))
    assert travelled == restorer
    np.testing.assert_array_equal(travelled(degraded_image()), 2 * PLANE)


# What is refused


@pytest.mark.parametrize("spec", ["", "f", ":", "mine:", ":f"])
def test_the_form_is_module_and_name(spec: str) -> None:
    with pytest.raises(InputError) as error:
        load_callable(spec)
    assert str(error.value) == f"a function must be given as module:name, got {spec!r}"


@pytest.mark.parametrize(
    ("spec", "lacking"),
    [("no_such_module:f", "no_such_module"), ("no_such_package.net:f", "no_such_package")],
)
def test_a_module_that_does_not_exist(write: Write, spec: str, lacking: str) -> None:
    assert fault(spec) == (
        f"module {spec.split(':')[0]!r} of {spec} could not be imported: there is no module "
        f"{lacking!r} here; install it, or run in the folder that holds it"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module", "there is no module 'no_such_module' here; install it, or run "
         "in the folder that holds it"),
        ("raise ModuleNotFoundError('torch is old')", "ModuleNotFoundError: torch is old"),
        ("raise RuntimeError('no GPU\\n  here')", "RuntimeError: no GPU here"),
        ("assert False", "AssertionError"),
        ("import sys; sys.exit('usage: f FILE')", "SystemExit: usage: f FILE"),
        ("def f(plane:\n", "SyntaxError: '(' was never closed ({name}.py, line 1)"),
    ],
)  # fmt: skip
def test_a_module_that_fails_when_it_is_imported(write: Write, text: str, reason: str) -> None:
    name = write(text)
    told = reason.replace("{name}", name)
    assert fault(f"{name}:f") == f"module '{name}' of {name}:f could not be imported: {told}"


@pytest.mark.parametrize("attribute", ["no_such_name", "Net.f", "number", "f:f"])
def test_a_name_that_is_no_function(write: Write, attribute: str) -> None:
    name = write("number = 3\ndef f(plane): return plane\nclass Net:\n def f(plane): return plane")
    assert fault(f"{name}:{attribute}") == (
        f"{name}:{attribute} must name a function of {name}, got no such function"
    )


@pytest.mark.parametrize(
    ("definition", "signature"),
    [
        ("def f(): pass", "()"),
        ("def f(plane, level, more): pass", "(plane, level, more)"),
        ("def f(plane, *, level): pass", "(plane, *, level)"),
        ("def f(*, plane): pass", "(*, plane)"),
        ("def f(**planes): pass", "(**planes)"),
        ("class f: pass", "()"),
    ],
)
def test_other_arguments_than_plane_and_level(
    write: Write, definition: str, signature: str
) -> None:
    name = write(definition)
    assert fault(f"{name}:f") == (
        f"{name}:f must take the degraded plane, or the plane and its level, got {signature}"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('too dark')", "ValueError: too dark"),
        ("raise ValueError('too dark:\\n\\n\\t3 < 4')", "ValueError: too dark: 3 < 4"),
        ("raise KeyError", "KeyError"),
        ("return 1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(2)", "SystemExit: 2"),
    ],
)  # fmt: skip
def test_a_function_that_raises(write: Write, body: str, reason: str) -> None:
    name = write(f"def f(plane): {body}")
    assert fault(f"{name}:f") == f"{name}:f failed on bird at level 3: {reason}"


def test_a_sentence_of_the_method_itself_arrives_unchanged(write: Write) -> None:
    name = write(
        "from memnet.errors import InputError\n"
        "def f(plane): raise InputError('BM3D needs the package bm3d')"
    )
    assert fault(f"{name}:f") == "BM3D needs the package bm3d"


def test_an_interrupt_is_not_held_back(write: Write) -> None:
    name = write("def f(plane): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        restored(f"{name}:f")


# Where it stands


def test_the_source_is_the_file_of_the_function(write: Write) -> None:
    inner = write("def f(plane): return plane")
    outer = write(
        f"import functools\nfrom {inner} import f\n"
        "@functools.wraps(f)\ndef g(plane): return f(plane)"
    )
    for spec in (f"{inner}:f", f"{outer}:f", f"{outer}:g"):  # a wrapped one is the inner one
        assert CallableRestorer(spec).source == Path.cwd() / f"{inner}.py"


@pytest.mark.parametrize("spec", ["builtins:abs", "numpy:sqrt", "operator:neg"])
def test_what_is_not_written_in_python_has_no_source(
    monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert CallableRestorer(spec).source is None


@pytest.mark.parametrize(
    "definition",
    [
        "import functools\nf = functools.partial(abs)",
        "class C:\n def __call__(s, p): pass\nf = C()",
    ],
)
def test_an_object_has_no_source(write: Write, definition: str) -> None:
    assert CallableRestorer(f"{write(definition)}:f").source is None
