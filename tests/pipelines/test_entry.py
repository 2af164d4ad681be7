"""What a stage answers when something outside its code goes wrong."""

from collections.abc import Sequence

import pytest
from safetensors import SafetensorError

from memnet.errors import InputError
from pipelines import entry


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
    @entry
    def main(argv: Sequence[str] | None = None) -> None:
        raise error

    assert main() == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_fault_of_the_code_keeps_its_traceback() -> None:
    @entry
    def main(argv: Sequence[str] | None = None) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        main()
