"""What a soak counts, and how it says so."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of one soak.

    Attributes
    ----------
    faults : injected, by what was hit
    inputs : bad inputs tried, by the command that was given them
    losses : results that were lost or changed by a fault
    tracebacks : bad inputs answered by a traceback, a signal, or silence
    escapes : files written outside the folder that a command was told to write
    """

    faults: Counter[str] = field(default_factory=Counter)
    inputs: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    escapes: list[str] = field(default_factory=list)

    def sentences(self) -> str:
        """The counts in words; what is not zero and should be is listed one by one."""
        lines = [_counted("faults injected", self.faults), _counted("inputs tried", self.inputs)]
        for name in ("losses", "tracebacks", "escapes"):
            found = getattr(self, name)
            lines += [f"{name}: {len(found)}", *(f"  {what}" for what in found)]
        return "".join(f"{line}\n" for line in lines)


def _counted(title: str, counts: Counter[str]) -> str:
    parts = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"{title}: {counts.total()}" + (f" ({parts})" if parts else "")
