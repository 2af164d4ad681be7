"""Score a network of yours on a benchmark, under the paper's protocol.

    python examples/score_your_network.py            # needs no download
    python examples/score_your_network.py --dataset set5 --scale 3

`memnet score` can call the same function:

    memnet score --method examples.score_your_network:restore --task super_resolution --scale 3 \
        --dataset set5
"""

import argparse

import numpy as np
import torch
from torch import nn

from memnet.evaluation.score import Score, score_method

# Put your network here. This one does nothing: it returns the enlarged image that it is given, so
# that its score is that of bicubic interpolation.
network = nn.Identity()


@torch.inference_mode()
def restore(plane: np.ndarray, scale: int) -> np.ndarray:
    """Restore one luminance plane.

    Parameters
    ----------
    plane : (H, W) float32, 1.0 is white; already enlarged by bicubic interpolation
    scale : the scale factor, for a network that wants to know it

    Returns
    -------
    (H, W), the same units; it is clipped and rounded to 8 bits before it is scored
    """
    return network(torch.from_numpy(plane)[None, None])[0, 0].numpy()


def main() -> None:
    """Print PSNR and SSIM per image, and their means."""
    parser = argparse.ArgumentParser(description="Score a network of yours.")
    parser.add_argument("--dataset", default="bundled-test")
    parser.add_argument("--scale", type=int, default=3)
    given = parser.parse_args()
    what = Score("super_resolution", given.dataset, given.scale, seed=0)
    rows = score_method(what, f"{__name__}:restore", whole=False, parallel=False).rows
    print(rows[["image", "psnr", "ssim"]].to_string(index=False))
    print(f"mean  {rows.psnr.mean():.2f} dB  {rows.ssim.mean():.4f}")


if __name__ == "__main__":
    main()
