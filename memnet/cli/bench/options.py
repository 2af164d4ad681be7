"""Options that several benches have: the size of the network, and where to write."""

from pathlib import Path
from typing import Annotated

import typer

Blocks = Annotated[int, typer.Option(help="Memory blocks M.", min=1)]
Recursions = Annotated[int, typer.Option(help="Recursions R.", min=1)]
Features = Annotated[int, typer.Option(help="Feature maps.", min=1)]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="JSON to write.")]
