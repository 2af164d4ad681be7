"""Stage adopt: a method of others, made ready to be scored."""

from pathlib import Path

from memnet.data.catalog import load_catalog
from memnet.files import atomic_folder, sha256_of
from memnet.methods.storage import write_callable, write_images
from memnet.params import CaffemodelMethod, CallableMethod, load_params
from memnet.pretrained.caffe import memnet_official
from memnet.results.networks import write_converted
from pipelines import Out, Text, stage


@stage
def main(method: Text, out: Out) -> None:
    """Adopt one of the methods of params.yaml."""
    params = load_params()
    named = params.method(method)
    with atomic_folder(out) as folder:
        match named:
            case CallableMethod():
                write_callable(folder, method, named)
            case CaffemodelMethod():
                network = memnet_official(Path(named.file))
                origin = {Path(named.file).name: sha256_of(named.file)}
                write_converted(folder, method, named.tasks, network, origin)
            case _:
                catalog = load_catalog()
                scored = (cells for _, cells in params.grid if method in cells.methods)
                benchmarks = [params.benchmarks[b] for cells in scored for b in cells.benchmarks]
                images = {
                    b.dataset: [file.image for file in catalog.files(b.dataset)] for b in benchmarks
                }
                for note in write_images(folder, method, named, benchmarks, images):
                    print(note)


if __name__ == "__main__":
    raise SystemExit(main())
