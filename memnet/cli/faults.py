"""Images that a command can do nothing with, while it does the others."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer

from memnet.errors import InputError


class Faults:
    """Tells what is wrong with single images as it is found out, and in the end how many they are.

    `done` is what is not done with them, as in "not restored"; the fault of an image `alone` is
    the command's.
    """

    def __init__(self, done: str, *, alone: bool) -> None:
        self.done = done
        self.alone = alone
        self._paths: set[Path] = set()

    @contextmanager
    def told(self, path: Path) -> Iterator[None]:
        """Leave the block at an InputError, tell it and go on; raise that of an image alone."""
        try:
            yield
        except InputError as error:
            if self.alone:
                raise
            self._paths.add(path)
            typer.echo(f"not {self.done}: {error}", err=True)

    def tell(self, sentences: Mapping[Path, str]) -> None:
        """Tell a sentence on each of several images."""
        for path, sentence in sentences.items():
            with self.told(path):
                raise InputError(sentence)

    def finish(self) -> None:
        """End the command with exit code 1 if anything was told."""
        if self._paths:
            typer.echo(f"{len(self._paths)} not {self.done}, as said above", err=True)
            raise typer.Exit(1)
