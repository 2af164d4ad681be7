"""The model card of a released network: README.md with the front matter that hubs read."""

from collections.abc import Iterator
from typing import Any

from memnet.data.catalog import Catalog, Dataset
from memnet.inference.tiling import tiling_sentence
from memnet.results.run_record import RunRecord
from memnet.schema import yaml_text
from memnet.tasks import task_named


def model_card(record: RunRecord, catalog: Catalog) -> str:
    """Text of the card: what the network is, how to use it, what it learned from and scores."""
    assert record.experiment and record.training_set and record.network
    task = task_named(record.experiment.task)
    learned = catalog[record.training_set.dataset]
    size = record.memnet.name if record.memnet else record.network.kind.upper()
    spent = f"{record.steps:,} steps, {record.minutes:.0f} minutes"
    if record.operations:
        spent += f", {record.operations / 1e12:,.0f} TFLOP"
    levels = ", ".join(map(str, record.training_set.levels))
    return f"""\
---
{_front_matter(record, catalog)}---

# {record.method}

A network for {task.title} ({task.level_name} {levels}): {size} with
{record.network.num_features} features and {record.num_conv_weights:,} convolution weights, after
Tai et al., *MemNet: A Persistent Memory Network for Image Restoration*, ICCV 2017.
It was trained by the reproduction `memnet`, not by the paper's authors.

```python
import memnet

# an image (H, W, 3) in uint8, or (H, W)
restored = memnet.restore(image, "{record.method}", {record.training_set.levels[0]})
# a module of PyTorch that maps luminance (N, 1, H, W) in [0, 1]
network = memnet.load("{record.method}")
```

## Training

| | |
|---|---|
| images | {record.training_set.num_images} of `{learned.id}`: {learned.title} |
| spent | {spent} |
| recipe | `{record.experiment.recipe}`, learning rate {record.experiment.learning_rate:g} |
| made | {(record.created or "")[:10]}, commit {(record.git_commit or "unknown")[:12]} |

## Scores

| images | {task.level_name} | PSNR (dB) | SSIM | input PSNR | input SSIM | noise seeds | tiling |
|---|---|---|---|---|---|---|---|
{"".join(_rows(record))}
{task.sentence}
{tiling_sentence("official", task.tile_core)} Tiling "whole" restores each image at once.

## Licence

The weights come under the MIT licence of this project. The images that they were learned from are
not part of them. Their owners' conditions, and what to cite:

{_conditions(learned, catalog)}"""


def _conditions(learned: Dataset, catalog: Catalog) -> str:
    """A line for each set of images that a dataset consists of."""
    parts = [catalog[name] for name in learned.parts]
    return "".join(f"- {p.title}: {p.licence}. {p.citation}.\n" for p in parts)


def _rows(record: RunRecord) -> Iterator[str]:
    for s in record.scores:
        yield (
            f"| {s.dataset} | {s.level} | {s.psnr:.2f} | {s.ssim:.4f} | {s.input_psnr:.2f} "
            f"| {s.input_ssim:.4f} | {s.num_seeds} | {s.tiling} |\n"
        )


def _front_matter(record: RunRecord, catalog: Catalog) -> str:
    """The keys that hubs read, `model-index` with every score among them."""
    assert record.experiment and record.training_set
    task = task_named(record.experiment.task)
    results: list[dict[str, Any]] = []
    for score in record.scores:
        metrics = [
            {"type": "psnr", "name": "PSNR (dB)", "value": round(score.psnr, 4)},
            {"type": "ssim", "name": "SSIM", "value": round(score.ssim, 5)},
        ]
        known = catalog.datasets.get(score.dataset)  # None for one of the user's, taken out again
        shown = {"type": score.dataset, "name": known.title if known else score.dataset}
        what = f"{task.title}, {task.level_name} {score.level}"
        results.append({"task": {"type": "image-to-image", "name": what},
                        "dataset": shown, "metrics": metrics})  # fmt: skip
    front = {
        "license": "mit",
        "library_name": "memnet",
        "pipeline_tag": "image-to-image",
        "tags": ["image-restoration", task.name.replace("_", "-"), "memnet"],
        "datasets": [record.training_set.dataset],
        "metrics": ["psnr", "ssim"],
        "model-index": [{"name": record.method, "results": results}],
    }
    return yaml_text(front)
