"""What the benches have in common: the network that is timed, and how a table is shown."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from memnet.bench.ceiling import Ceiling
    from memnet.models.config import MemNetConfig

PIPED_WIDTH = 130  # columns; a file or a pipe has none of its own


def memnet_config(blocks: int, recursions: int, features: int) -> "MemNetConfig":
    """The full MemNet of that size."""
    from memnet.models.config import MemNetConfig

    return MemNetConfig(
        num_memory_blocks=blocks, num_recursions=recursions, num_features=features,
        multi_supervised=True, long_term=True, short_term=True, initialization="official",
    )  # fmt: skip


def print_table(table: "Table") -> None:
    """Print it to a terminal, or as wide as it wants to be into a file."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    console.print(table)


def limits(ceiling: "Ceiling") -> str:
    """The ceiling as a caption."""
    return (
        f"ceiling, measured in this run: 3x3 convolution of 64 features "
        f"{ceiling.convolution / 1e9:.0f} GFLOP/s; matrix product "
        f"{ceiling.product / 1e9:.0f} GFLOP/s"
    )


def mebibytes(peak: int | None) -> str:
    """A peak of memory in MiB."""
    return "-" if peak is None else f"{peak / 2**20:.0f}"
