"""Why a PSNR differs: the same images scored, or degraded, the ways that people mix up."""
