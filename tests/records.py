"""Records of methods for tests: whole and valid, with what a test wants otherwise."""

from pathlib import Path
from typing import Any

from memnet.models.config import DrcnConfig, MemNetConfig, VdsrConfig
from memnet.models.network import Network
from memnet.results.networks import write_weights
from memnet.results.run_record import RunRecord, write_record

LEVELS = {"super_resolution": [2, 3, 4], "denoising": [30, 50, 70], "jpeg_deblocking": [10, 20]}
NETWORKS = {
    "memnet": MemNetConfig(num_memory_blocks=3, num_recursions=3, num_features=24),
    "vdsr": VdsrConfig(depth=8, num_features=24),
    "drcn": DrcnConfig(num_recursions=6, num_features=24),
}
OF_TRAINING = (
    "experiment", "recipe", "training_set", "steps", "epochs", "minutes", "environment",
    "git_commit", "git_dirty", "data_sha256", "code_sha256", "created",
)  # fmt: skip


def make_record(method: str, task: str, **changes: Any) -> RunRecord:
    """Record of a network that was trained here; a mapping among the changes is merged in."""
    kind = method.split("-", maxsplit=1)[0]
    record = {
        "method": method,
        "tasks": {task: None},
        "kind": "trained",
        "network": NETWORKS.get(kind, NETWORKS["memnet"]).model_dump(),
        "num_parameters": 31415,
        "num_conv_weights": 30500,
        "recipe": {
            "optimizer": "adamw", "schedule": "cosine", "warmup": 0.05, "weight_decay": 0.0001,
            "bias_lr_scale": 1.0, "batch_size": 16, "patch_size": 32, "stride": 16,
            "bn_average": 0.99,
        },
        "experiment": {
            "task": task, "network": method, "training_set": "bundled-train", "recipe": "modern",
            "learning_rate": 0.008, "budget": {"steps": 300}, "validate_every": 100, "seed": 0,
        },
        "training_set": {
            "task": task, "dataset": "bundled-train", "levels": LEVELS[task],
            "validation": ["flower", "coins"], "num_images": 8,
        },
        "steps": 300,
        "epochs": 2.5,
        "minutes": 1.25,
        "environment": {"python": "3.11", "device": "cpu", "deterministic": True},
        "git_commit": "0" * 40,
        "git_dirty": False,
        "method_sha256": "a" * 64,
        "data_sha256": "b" * 64,
        "code_sha256": "c" * 64,
        "created": "2000-01-01T00:00:00+00:00",
    }  # fmt: skip
    return RunRecord.model_validate(_merged(record, changes))


def changed(record: RunRecord, **changes: Any) -> RunRecord:
    """The record with some fields otherwise, valid or an error."""
    return RunRecord.model_validate(_merged(record.model_dump(), changes))


def _merged(record: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    deep = {
        key: record[key] | value
        for key, value in changes.items()
        if isinstance(value, dict) and isinstance(record.get(key), dict)
        if key not in ("tasks", "validation_psnr") and "kind" not in value
    }
    return record | changes | deep


def of_others(method: str, task: str, kind: str, **changes: Any) -> RunRecord:
    """Record of a method that others made."""
    nothing = dict.fromkeys(OF_TRAINING)
    about = {"callable": {"callable": "mine:restore"}, "images": {"folder": "out/mine"}}
    if kind != "converted":
        nothing |= {"network": None, "num_parameters": None, "num_conv_weights": None}
    return make_record(method, task, kind=kind, **nothing | about.get(kind, {}) | changes)


def write_trained(folder: Path, network: Network, method: str, task: str, **changes: Any) -> None:
    """A folder of a network that was trained here, without its curve."""
    record = make_record(method, task)
    about = record.model_dump() | write_weights(folder, network)
    write_record(folder, RunRecord.model_validate(_merged(about, changes)))
