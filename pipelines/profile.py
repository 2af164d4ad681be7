"""Switch params.yaml to a profile: python -m pipelines.profile hour."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.errors import InputError
from memnet.files import copy_file
from memnet.params import load_params
from pipelines import entry

PROFILES = Path("params")
PARAMS = Path("params.yaml")


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Copy params/NAME.yaml over params.yaml, unless that would lose edits."""
    known = {path.stem: path for path in sorted(PROFILES.glob("*.yaml"))}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help=f"one of {', '.join(known)}")
    name = parser.parse_args(argv).name
    if name not in known:
        raise InputError(f"profile must be one of {', '.join(known)}, got {name!r}")
    load_params(known[name])
    if PARAMS.exists() and PARAMS.read_bytes() not in {p.read_bytes() for p in known.values()}:
        raise InputError(
            f"{PARAMS} holds edits that no file of {PROFILES}/ has: copy it to "
            f"{PROFILES}/<name>.yaml, or delete it, then switch"
        )
    copy_file(known[name], PARAMS)
    print(f"{PARAMS} is now profile {name}; `dvc repro` makes its results")


if __name__ == "__main__":
    raise SystemExit(main())
