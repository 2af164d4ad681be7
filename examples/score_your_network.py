"""Score a network of yours on a benchmark, under the paper's protocol.

    python examples/score_your_network.py            # needs no download
    python examples/score_your_network.py --dataset set5 --scale 3

`memnet score --method examples.score_your_network:network --scale 3 --dataset set5` does the same.
"""

import argparse

from torch import nn

import memnet

# Put your network here, with its weights loaded. It is given a luminance plane (1, 1, H, W) in
# [0, 1], already enlarged by bicubic interpolation, and returns the restored one; a second argument
# would be the scale. This one returns what it is given, so that its score is the bicubic row.
network = nn.Identity()


def main() -> None:
    """Print PSNR and SSIM per image, and their means."""
    parser = argparse.ArgumentParser(description="Score a network of yours.")
    parser.add_argument("--dataset", default="bundled-test")
    parser.add_argument("--scale", type=int, default=3)
    given = parser.parse_args()
    scored = memnet.score(network, "super_resolution", given.scale, given.dataset)
    print(scored.rows[["image", "psnr", "ssim"]].to_string(index=False))
    print(f"mean  {scored.psnr:.2f} dB  {scored.ssim:.4f}")


if __name__ == "__main__":
    main()
