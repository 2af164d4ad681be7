"""Images that a command can do nothing with, while it does the others."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer

from memnet.errors import InputError


class Faults:
    """Reports what is wrong with single images, and in the end how many of them there were.

    `done` is what was not done with them, as in "not restored". If an image is `alone`, its fault
    is that of the command.
    """

    def __init__(self, done: str, *, alone: bool) -> None:
        self.done = done
        self.alone = alone
        self._paths: set[Path] = set()

    @contextmanager
    def told(self, path: Path) -> Iterator[None]:
        """Report an InputError of the block and go on; raise it if the image is the only one."""
        try:
            yield
        except InputError as error:
            if self.alone:
                raise
            self._paths.add(path)
            typer.echo(f"not {self.done}: {error}", err=True)

    def tell(self, sentences: Mapping[Path, str]) -> None:
        """Report several images, with a sentence on each."""
        for path, sentence in sentences.items():
            with self.told(path):
                raise InputError(sentence)

    def finish(self) -> None:
        """End the command with exit code 1 if anything was told."""
        if self._paths:
            typer.echo(f"{len(self._paths)} not {self.done}, as said above", err=True)
            raise typer.Exit(1)
