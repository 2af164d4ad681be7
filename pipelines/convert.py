"""Stage convert: a network with its authors' published weights, laid out like a trained one."""

from memnet.errors import InputError
from memnet.files import atomic_folder, sha256_of
from memnet.pretrained.authors import CONVERTERS
from memnet.results.networks import write_converted
from pipelines import Out, Raw, Text, stage


@stage
def main(method: Text, raw: Raw, out: Out) -> None:
    """Convert the weight files of one method."""
    if method not in CONVERTERS:
        raise InputError(f"--method must be one of {', '.join(CONVERTERS)}, got {method}")
    converter = CONVERTERS[method]
    origin = {path.name: sha256_of(path) for path in sorted(raw.iterdir())}
    with atomic_folder(out) as folder:
        write_converted(folder, method, converter.tasks, converter.convert(raw), origin)


if __name__ == "__main__":
    raise SystemExit(main())
