"""Restore a photo with a released network, from Python.

    python examples/restore_a_photo.py photo.jpg restored.png

`memnet restore photo.jpg -o restored.png` does the same, and keeps profile, date and camera.
"""

import sys

import numpy as np
from PIL import Image, ImageOps

import memnet
from memnet.inference.estimation import jpeg_quality


def main(source: str, goal: str) -> None:
    """Remove the JPEG artefacts of `source` and write the result to `goal`."""
    try:
        quality = jpeg_quality(source)
        if quality is None:
            raise memnet.InputError(f"{source} is not a JPEG: give one of quality 10 to 20")
        image = np.array(ImageOps.exif_transpose(Image.open(source)))
        restored = memnet.restore(image, "memnet-small-jpeg", quality)
    except memnet.InputError as error:
        raise SystemExit(str(error)) from None
    Image.fromarray(restored).save(goal)
    print(f"{goal}: restored from quality {quality}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
