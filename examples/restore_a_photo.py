"""Restore a photo with a released network, from Python.

    python examples/restore_a_photo.py photo.jpg restored.png

`memnet restore photo.jpg --task jpeg_deblocking --method memnet-small-jpeg -o restored.png` does
the same, and takes any quality from 10 to 20.
"""

import sys
from pathlib import Path

import torch

from memnet.imaging.photo import read_photo, write_photo
from memnet.inference.estimation import jpeg_quality
from memnet.inference.photo import restore_photo
from memnet.results.networks import read_network

WEIGHTS = Path(__file__).parent.parent / "memnet/weights/memnet-small-jpeg"
TRAINED_FOR = (10, 20)


def main(source: str, goal: str) -> None:
    """Remove the JPEG artefacts of `source` and write the result to `goal`."""
    quality = jpeg_quality(source)
    if quality is None:
        raise SystemExit(f"{source} is not a JPEG: give one of quality 10 or 20")
    if quality not in TRAINED_FOR:
        raise SystemExit(f"{source}: the network is for JPEGs of quality 10 or 20, got {quality}")
    restored = restore_photo(
        read_photo(source),
        read_network(WEIGHTS),
        task="jpeg_deblocking",
        level=quality,
        device=torch.device("cpu"),
    )
    write_photo(goal, restored)
    print(f"{goal}: restored from quality {quality}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
