"""Stage reuse: a network of memnet/weights/, laid out like one that the profile trained."""

from pathlib import Path
from typing import Annotated

from memnet.files import atomic_folder
from memnet.results.networks import reuse_release
from pipelines import Option, Out, stage


@stage
def main(release: Annotated[Path, Option(help="Folder of the network.")], out: Out) -> None:
    """Lay out one released network."""
    with atomic_folder(out) as folder:
        reuse_release(release, folder)


if __name__ == "__main__":
    raise SystemExit(main())
