"""How much memory a process takes; Linux alone tells.

`python -m memnet.bench.memory FILE MODULE [ARGUMENT ...]` runs a module as `python -m MODULE` does,
then writes the most memory that the process ever held, in bytes, to FILE.
"""

import re
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path


def process_memory(key: str) -> int:
    """Memory of this process in bytes: `VmRSS` now, `VmHWM` at most.

    Raises
    ------
    OSError : this is not Linux
    """
    text = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(rf"{key}:\s+(\d+) kB", text)
    assert match is not None
    return 1024 * int(match[1])


def main(argv: Sequence[str]) -> None:
    """Run a module to its end, then note what it took."""
    file, module, *arguments = argv
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        Path(file).write_text(str(process_memory("VmHWM")), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
