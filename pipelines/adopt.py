"""Stage adopt: a method of others, made ready to be scored."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.files import atomic_folder, sha256_of
from memnet.methods.storage import write_callable, write_images
from memnet.params import CaffemodelMethod, CallableMethod, load_params
from memnet.pretrained.caffe import memnet_official
from memnet.results.networks import write_converted
from pipelines import entry


@entry
def main(argv: Sequence[str] | None = None) -> None:
    """Adopt one of the methods of params.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    params = load_params()
    name = args.method
    method = params.method(name)
    with atomic_folder(args.out) as folder:
        match method:
            case CallableMethod():
                write_callable(folder, name, method)
            case CaffemodelMethod():
                network = memnet_official(Path(method.file))
                origin = {Path(method.file).name: sha256_of(method.file)}
                write_converted(folder, name, method.tasks, network, origin)
            case _:
                catalog = load_catalog()
                scored = (cells for _, cells in params.grid if name in cells.methods)
                benchmarks = [params.benchmarks[b] for cells in scored for b in cells.benchmarks]
                images = {
                    b.dataset: [file.image for file in catalog.files(b.dataset)] for b in benchmarks
                }
                for note in write_images(folder, name, method, benchmarks, images):
                    print(note)


if __name__ == "__main__":
    raise SystemExit(main())
