"""The faults that are not the code's: what the user gave, and a machine that is too small."""


class InputError(ValueError):
    """Bad input: one sentence (what, allowed, got, remedy), shown without a traceback."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is full: of the machine, or of an accelerator."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"  # torch's, which may not be loaded
        or "can't allocate memory" in str(error)  # torch on a CPU: a plain RuntimeError
    )
