"""MemNet out of the `.caffemodel` files of tyshiwo/MemNet, in the format that BVLC/caffe writes."""

import math
import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from numpy.typing import NDArray

from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.pretrained.matlab import must_hold

Blob = NDArray[np.float32]
Layers = dict[str, list[Blob]]  # by name, in the order of the file
Shape = tuple[int, ...]
Places = dict[str, dict[str, Shape]]  # by layer, its blobs' names in MemNet and shapes

MAX_BYTES = 2**26  # twice MemNet_M10R10, the largest official file; parsing takes a multiple of it
MAX_AXES = 32  # kMaxBlobAxes of Caffe

_FORMAT = {  # the part of Caffe's caffe.proto that holds weights; protobuf skips the rest
    "BlobShape": "repeated int64 dim = 1",
    "BlobProto": "optional int32 num = 1; optional int32 channels = 2; optional int32 height = 3;"
    "optional int32 width = 4; repeated float data = 5; optional BlobShape shape = 7;"
    "repeated double double_data = 8",
    "LayerParameter": "optional string name = 1; optional string type = 2;"
    "repeated BlobProto blobs = 7",
    "V1LayerParameter": "",
    "NetParameter": "optional string name = 1; repeated V1LayerParameter layers = 2;"
    "repeated LayerParameter layer = 100",
}


def _message_class(name: str) -> Any:
    described = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe")
    for owner, declarations in _FORMAT.items():
        fields = file.message_type.add(name=owner).field
        for label, kind, of, number in re.findall(r"(\w+) (\w+) (\w+) = (\d+)", declarations):
            label_value = described.Label.Value(f"LABEL_{label.upper()}")
            field = fields.add(name=of, number=int(number), label=label_value)
            if kind in _FORMAT:
                field.type = described.TYPE_MESSAGE
                field.type_name = f".caffe.{kind}"
            else:
                field.type = described.Type.Value(f"TYPE_{kind.upper()}")
                if label == "repeated":
                    field.options.packed = True
    pool = descriptor_pool.DescriptorPool()  # its own: another package may define caffe.proto too
    pool.AddSerializedFile(file.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName(f"caffe.{name}"))


NetParameter = _message_class("NetParameter")  # the message in a `.caffemodel`


def read_caffemodel(path: Path) -> Layers:
    """Blobs of each layer by its name, in the order of the file; layers without any have [].

    Shapes are those of the file: a blob with the old num, channels, height and width has four axes.

    Parameters
    ----------
    path : a `.caffemodel` of at most `MAX_BYTES`

    Raises
    ------
    InputError : the file is missing, or holds no network of Caffe's present format with finite
        weights
    """
    with must_hold(path, "a network in Caffe's format"):
        if path.exists() and not path.is_file():
            raise ValueError("it is a folder or a device")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        try:
            net = NetParameter.FromString(content)
        except DecodeError:
            raise ValueError("it is cut short or of another format") from None
        if net.layers:
            raise ValueError("its layers have Caffe's old format V1")
        if not net.layer:
            raise ValueError("it has no layers")
        layers: Layers = {}
        for layer in net.layer:
            if not isinstance(layer.name, str):  # protobuf leaves what is no UTF-8 as bytes
                raise ValueError(f"the layer name {layer.name!r} is no text")
            if layers.get(layer.name):
                raise ValueError(f"it has two layers {layer.name!r}")
            layers[layer.name] = [_array(layer.name, blob) for blob in layer.blobs]
    return layers


def _array(layer: str, blob: Any) -> Blob:
    """Values of a BlobProto, which Caffe's Blob::FromProto reads by the same precedence."""
    sides = ("num", "channels", "height", "width")
    if any(blob.HasField(side) for side in sides):
        shape = tuple(getattr(blob, side) for side in sides)
    else:
        shape = tuple(blob.shape.dim[: MAX_AXES + 1])
    values = blob.double_data or blob.data
    if len(shape) > MAX_AXES or min(shape, default=1) < 1 or math.prod(shape) != len(values):
        raise ValueError(f"layer {layer!r} has a blob of {len(values)} values and shape {shape}")
    with np.errstate(over="ignore"):
        array = np.array(values, np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"weights must be finite, got NaN or infinity in layer {layer!r}")
    return array.reshape(shape)


def memnet_official(path: Path) -> MemNet:
    """MemNet in evaluation mode from a `MemNet_*.caffemodel` of tyshiwo/MemNet.

    The numbers of blocks, recursions and features are read from the file. InputError if it is
    missing or does not hold the layers of a multi-supervised MemNet.
    """
    layers = read_caffemodel(path)
    with must_hold(path, "the layers of MemNet"):
        config = MemNetConfig(
            num_memory_blocks=_highest(r"conv_transition_(\d\d)", layers),
            num_recursions=_highest(r"conv\d\d_(\d\d)_[ab]", layers),
            num_features=max([1, *(bias.size for bias in layers.get("conv1", [])[1:])]),
        )
        places = _places(config)
        _must_match(layers, places)  # before a network is built that the file only names
        network = MemNet(config)
        network.load_state_dict(_state(layers, places))
    return network.eval()


def _highest(pattern: str, names: Iterable[str]) -> int:
    matches = (re.fullmatch(pattern, name) for name in names)
    return max([1, *(int(match[1]) for match in matches if match)])


def _places(config: MemNetConfig) -> Places:
    """Layers of the official prototxt, where their blobs go in MemNet's state, and their shapes.

    `factor` and the numbered `output_weights` are no names of that state: they hold one value each.
    """
    width, recursions = config.num_features, config.num_recursions
    convs = {"conv1": ("extract.norm", "extract.conv", (width, 1, 3, 3))}
    places: Places = {"HR_recovery": {}}  # the sum, last in the file: missing if that is cut short
    for m in range(config.num_memory_blocks):
        number, block = f"{m + 1:02d}", f"blocks.{m}"
        for r, which in product(range(recursions), "ab"):
            norm, conv = f"{block}.units.{r}.norm_{which}", f"{block}.conv_{which}"
            convs[f"conv{number}_{r + 1:02d}_{which}"] = (norm, conv, (width, width, 3, 3))
        gate = (width, (m + 1 + recursions) * width, 1, 1)
        convs[f"conv_transition_{number}"] = (f"{block}.gate.norm", f"{block}.gate.conv", gate)
        end = (f"reconstruct.norms.{m}", "reconstruct.conv", (1, width, 3, 3))
        convs[f"conv_end_{number}"] = end
        places[f"weight_output_end_{number}"] = {f"output_weights.{m}": (1,)}
    for name, (norm, conv, shape) in convs.items():
        outputs, inputs = (shape[0],), (shape[1],)
        statistics = {f"{norm}.running_mean": inputs, f"{norm}.running_var": inputs}
        places[f"bn_{name}"] = {**statistics, f"{norm}.factor": (1,)}
        places[f"scale_{name}"] = {f"{norm}.weight": inputs, f"{norm}.bias": inputs}
        places[name] = {f"{conv}.weight": shape, f"{conv}.bias": outputs}
    return places


def _must_match(layers: Layers, places: Places) -> None:
    for name in [*places, *layers]:
        if name not in layers:
            raise ValueError(f"it lacks the layer {name!r}")
        blobs, shapes = layers[name], places.get(name, {}).values()
        if len(blobs) != len(shapes):
            raise ValueError(f"layer {name!r} must have {len(shapes)} blobs, got {len(blobs)}")
        for blob, shape in zip(blobs, shapes, strict=True):
            if _four_axes(blob.shape) != _four_axes(shape):
                raise ValueError(f"layer {name!r} has a blob of shape {blob.shape}, not {shape}")


def _four_axes(shape: Shape) -> Shape:
    """As Caffe's Blob::LegacyShape has it: a vector of n is 1 x 1 x 1 x n."""
    return (1,) * (4 - len(shape)) + shape


def _state(layers: Layers, places: Places) -> dict[str, torch.Tensor]:
    """State of MemNet, where what layers share is once and statistics are what is applied."""
    state: dict[str, Blob] = {}
    origin: dict[str, str] = {}
    for name, targets in places.items():
        for (target, shape), blob in zip(targets.items(), layers[name], strict=True):
            values = state.setdefault(target, blob.reshape(shape))
            first = origin.setdefault(target, name)
            if not np.array_equal(values, blob.reshape(shape)):
                raise ValueError(f"layers {first!r} and {name!r} differ, which MemNet shares")
        if name.startswith("bn_"):
            mean, variance, factor = targets
            _apply(name, state[mean], state[variance], state.pop(factor))
    weights = [state.pop(target) for target in list(state) if target.startswith("output_weights.")]
    state["output_weights"] = np.concatenate(weights)
    return {name: torch.from_numpy(values) for name, values in state.items()}


def _apply(layer: str, mean: Blob, variance: Blob, factor: Blob) -> None:
    """Turn the sums that Caffe's batch_norm_layer.cpp stores into statistics, as it does itself."""
    with np.errstate(over="ignore", invalid="ignore"):
        inverse = np.divide(1, factor, out=np.zeros_like(factor), where=factor != 0)
        mean *= inverse
        variance *= inverse
    if not (np.isfinite(mean).all() and np.isfinite(variance).all() and variance.min() >= 0):
        raise ValueError(f"the statistics of layer {layer!r} must be finite, no variance below 0")
