"""Stage convert: a network with its authors' published weights, laid out like a trained one."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.errors import InputError
from memnet.files import atomic_folder, sha256_of
from memnet.pretrained.authors import CONVERTERS
from memnet.results.networks import write_converted
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Convert the weight files of one method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", required=True)
    parser.add_argument(
        "--raw", type=Path, required=True, help="folder of the fetched weight files"
    )
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    if args.method not in CONVERTERS:
        raise InputError(f"--method must be one of {', '.join(CONVERTERS)}, got {args.method}")
    converter = CONVERTERS[args.method]
    origin = {path.name: sha256_of(path) for path in sorted(args.raw.iterdir())}
    with atomic_folder(args.out) as folder:
        write_converted(folder, args.method, converter.tasks, converter.convert(args.raw), origin)


if __name__ == "__main__":
    raise SystemExit(main())
