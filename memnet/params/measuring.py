"""Sections of params.yaml about what is measured, and how far it may lie from the published."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from memnet.params.fields import Count, DegradedDataset, Positive, Seeds
from memnet.published.verdict import KnownMiss, Tolerance
from memnet.schema import Section


class Showcase(Section):
    """The square crop of one test image that the report shows for every method."""

    image: str
    top: Annotated[int, Field(ge=0)]
    left: Annotated[int, Field(ge=0)]
    size: Count


class Benchmark(DegradedDataset):
    """One task on one test set.

    `seeds` draw the noise of denoising (one restored image per seed); the other tasks draw nothing
    and name the one seed 0. `tiling` is "whole", or "official" as the authors' scripts cut images.
    """

    seeds: Seeds
    tiling: Literal["whole", "official"]
    showcase: Showcase | None
    save_images: bool = False  # keep every restored image of every method in results/evaluate

    @model_validator(mode="after")
    def _seeds_have_an_effect(self) -> "Benchmark":
        if self.task != "denoising" and self.seeds != [0]:
            raise ValueError(f"seeds must be [0] for {self.task}, which draws no noise")
        return self


class Claims(Section):
    """The rules by which the paper's claims are judged, settled before anything is measured."""

    smallest_gain: Positive  # dB; a mean difference that is surely smaller counts as none
    min_seeds: Annotated[int, Field(ge=3)]  # with fewer, trainings here decide nothing
    confidence: Annotated[float, Field(gt=0, lt=1)]  # of Student's interval over training seeds
    # By which two gate norms must differ, as part of the larger.
    gate_margin: Annotated[float, Field(gt=0, lt=1)]
    convergence: Positive  # dB by which a training may end below its own best validation
    spectrum_margin: Positive  # difference in dB of a band's mean density that counts as none


class Calibration(Section):
    """How far a result may lie from the published value that it should equal."""

    input: Tolerance
    noise_psnr: Positive  # dB, of noisy images from 20 log10(255 / sigma)
    baselines: Tolerance  # for methods of others
    # By "method/dataset/metric": the published values that are known to be missed.
    known_misses: dict[Annotated[str, Field(pattern=r"^[^/]+/[^/]+/(psnr|ssim)$")], KnownMiss]

    def miss(self, method: str | None, dataset: str, metric: str) -> KnownMiss | None:
        """What is known of a method's value, if anything is."""
        return self.known_misses.get(f"{method}/{dataset}/{metric}")
