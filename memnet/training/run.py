"""What a finished training leaves in its folder, and what a resumed one must share."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd

from memnet.data.patches import PatchSampler
from memnet.models.network import Network
from memnet.params import Plan
from memnet.results.networks import write_weights
from memnet.results.run_record import HISTORY, HISTORY_COLUMNS, RunRecord, write_record
from memnet.seeding import code_sha256, git_state
from memnet.training.loop import TrainState
from memnet.training.validation import Validation


def resume_key(plan: Plan, *, data_sha256: str) -> str:
    """Hash of config, data and code: what a resumed training must share.

    Not the machine, the number of processes or the version of torch, which the record names.
    """
    identity = [plan.model_dump(), data_sha256, code_sha256()]
    return sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def write_run(
    folder: Path, method: str, plan: Plan, network: Network, state: TrainState,
    source: PatchSampler, validation: Validation, *, data_sha256: str, num_images: int,
) -> None:  # fmt: skip
    """Write the network, history.csv and run.json; `num_images` counts those trained on."""
    input_psnr = validation.of_input()
    history = pd.DataFrame(state.history)
    history["validation_input_psnr"] = (
        sum(input_psnr.values()) / len(input_psnr) if input_psnr else None
    )
    history[HISTORY_COLUMNS].to_csv(folder / HISTORY, index=False)
    network.trained_on = plan.training_set.dataset
    network.trained_for = {plan.experiment.task: plan.training_set.levels}
    commit, dirty = git_state()
    settings = plan.model_dump()
    settings["training_set"] |= {"num_images": num_images}
    about = {
        "method": method,
        "tasks": {plan.experiment.task: None},
        "kind": "trained",
        "data_sha256": data_sha256,
        "steps": state.step,
        "epochs": state.step / source.steps_per_epoch,
        "minutes": state.seconds / 60,
        "operations": state.operations,
        "validation_psnr": {str(k): v for k, v in state.validation.items()} or None,
        "validation_input_psnr": {str(k): v for k, v in input_psnr.items()} or None,
        "environment": state.environments[-1]["environment"],
        "environments": state.environments,
        "code_sha256": code_sha256(),
        "git_commit": commit,
        "git_dirty": dirty,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    record = RunRecord.model_validate(settings | about | write_weights(folder, network))
    write_record(folder, record)
