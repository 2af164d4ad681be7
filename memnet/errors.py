"""The one exception that stands for a fault in what the user gave, not in the code."""


class InputError(ValueError):
    """Bad input: one sentence (what, allowed, got, remedy), shown without a traceback."""
