"""What a stage answers when something outside its code goes wrong."""

from typing import Annotated

import pytest
from safetensors import SafetensorError

from memnet.errors import InputError
from pipelines import Option, stage


class OutOfMemoryError(RuntimeError):
    """As torch calls it."""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("scale must be 2"), 1, "error: scale must be 2"),
        (OSError(28, "No space left on device", "x.csv"), 1, "No space left on device: x.csv"),
        (SafetensorError("I/O error"), 1, "a weight file could not be written or read"),
        (OutOfMemoryError("CUDA out of memory"), 1, "lower batch_size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 1, "lower batch_size"),
        (MemoryError(), 1, "lower batch_size"),
        (KeyboardInterrupt(), 130, "the same command goes on from here"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fault_is_one_line_and_an_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @stage
    def main() -> None:
        raise error

    assert main([]) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_fault_of_the_code_keeps_its_traceback() -> None:
    @stage
    def main() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        main([])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "Missing option '--seed'"), (["--seed", "x"], "Invalid value for '--seed'"),
     (["--seed", "1", "--sead", "2"], "No such option: --sead")],
)  # fmt: skip
def test_arguments_that_are_not_known_are_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @stage
    def main(seed: Annotated[int, Option()]) -> None:
        raise AssertionError("never run")

    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_what_a_stage_returns_is_its_exit_code() -> None:
    @stage
    def main() -> int:
        return 75

    assert main([]) == 75
