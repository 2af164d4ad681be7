"""Stage reuse: a network of weights/, laid out like one that the profile trained."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.files import atomic_folder
from memnet.methods.released import reuse_release
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Lay out one released network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, required=True, help="folder of the network")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    with atomic_folder(args.out) as folder:
        reuse_release(args.release, folder)


if __name__ == "__main__":
    raise SystemExit(main())
