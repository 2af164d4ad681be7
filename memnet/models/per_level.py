"""Networks that were trained once for each level, kept as one."""

from collections.abc import Mapping

from torch import nn

from memnet.errors import InputError
from memnet.models.saved import Config, SavedNetwork


class PerLevel(SavedNetwork[Config]):
    """One network for each level that its authors trained.

    It has no `forward`: which weights serve is the caller's to say, by `at_level`.
    """

    def __init__(self, config: Config, networks: Mapping[int, nn.Module]) -> None:
        super().__init__(config)
        self.levels = nn.ModuleDict({str(level): network for level, network in networks.items()})

    def at_level(self, level: int) -> nn.Module:
        """The network of one level; InputError if there are no weights for that level."""
        if str(level) not in self.levels:
            raise InputError(
                f"level of {type(self).__name__} must be one of {', '.join(self.levels)}, which it "
                f"has weights for, got {level}"
            )
        return self.levels[str(level)]
