"""Result files that are gone, and what the pages lack without them."""

from typing import NamedTuple


class MissingFile(NamedTuple):
    """A result file that is gone: its path, `what` it held, and the `page` that would show it."""

    path: str
    what: str
    page: str
