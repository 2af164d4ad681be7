"""What was found inside MemNets, a sentence for each network."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from memnet.results.run_record import RunRecord
from reports.claims.evidence import pixels
from reports.pages.figures import group_means
from reports.pages.model import GateNorms
from reports.pages.wording import difference, level_title, listed, number, signed_db

Probe = Mapping[str, Any]


def most_trained_first(names: Iterable[str], records: Iterable[RunRecord]) -> list[str]:
    """Names of networks by the pixels that they were trained on; of equals the first one first."""
    seen = {record.method: pixels(record) for record in records if record.trained}
    return sorted(names, key=lambda name: -seen.get(name, 0))


def predictions_found(probe: Probe) -> str:
    """Whether the predictions grow from block to block, and what the first and the last reach."""
    levels: Mapping[str, Any] = probe["levels"]
    grown = [
        level_title(probe["task"], int(level))
        for level, found in levels.items()
        if all(difference(b, a, "psnr") > 0 for a, b in pairwise(found["psnr"][:-1]))
    ]
    which = f"at {listed(grown)}" if grown else "at no level"
    level, found = list(levels.items())[-1]
    first, *_, last, final = (number(psnr, "psnr") for psnr in found["psnr"])
    return (
        f"The prediction gets better from block to block {which}. "
        f"At {level_title(probe['task'], int(level))} the first block reaches {first} dB, "
        f"the last one {last} dB, and the final prediction {final} dB."
    )


def spectra_found(probe: Probe) -> str:
    """How the first and the last block's spectra lie to the final one in the high frequencies."""
    level, found = list(probe["levels"].items())[-1]
    first, *_, last, final = (10 * np.array(spectrum) for spectrum in found["spectra"])
    high = slice(2 * len(final) // 3, None)
    ends = [signed_db(float((block - final)[high].mean())) for block in (first, last)]
    return (
        f"In the highest third of the frequencies at {level_title(probe['task'], int(level))}, "
        f"relative to the final prediction: first block {ends[0]}, last block {ends[1]}."
    )


def gates_found(gates: GateNorms) -> str:
    """Which group of maps weighs most, gate by gate."""
    largest = [max(means, key=lambda group: means[group]) for means in group_means(gates)]
    counts = Counter(largest).items()
    parts = [f"{group} ({count} of {len(largest)} gates)" for group, count in counts]
    return f"Group with the largest mean norm: {listed(parts)}."


def weights_found(weights: Sequence[float]) -> str:
    """Which block's prediction has the largest weight."""
    block = max(range(len(weights)), key=lambda index: weights[index])
    return f"Block {block + 1} of {len(weights)} has the largest weight."
