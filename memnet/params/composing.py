"""params.yaml, made of what profiles share (params/base.yaml) and of one profile."""

import re
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from memnet.errors import InputError
from memnet.params.profile import Params
from memnet.schema import explain, read_yaml

FOLDER = Path("params")
BASE = "base"
HEAD = """\
# Profile {name}, made of params/base.yaml and params/{name}.yaml, where the comments are. It is
# whole, and yours to edit: DVC and every command read this file alone.
# As it was made: {sha256}
"""
NAMED = ("benchmarks", "training_sets", "networks", "recipes")  # kept where a profile uses them
SHORT = 4  # entries of a mapping that stands in one line
NARROW = 80  # characters of a list that does


def profile_names(folder: Path = FOLDER) -> list[str]:
    """Every profile that there is."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.stem != BASE)


def compose(name: str, folder: Path = FOLDER) -> str:
    """The whole text of params.yaml for a profile; of `NAMED`, only the entries that it uses.

    InputError if there is no such profile, or if the result is not valid.
    """
    known = profile_names(folder)
    if not known:
        raise InputError(f"{folder}/ holds no profile: run this in the project's folder")
    if name not in known:
        raise InputError(f"profile must be one of {', '.join(known)}, got {name!r}")
    try:
        parts = [OmegaConf.create(read_yaml(folder / f"{part}.yaml")) for part in (BASE, name)]
        merged: Any = OmegaConf.to_container(OmegaConf.merge(*parts), resolve=True)
        settings = _named_alone(merged)
        _require_used(name, parts[1], settings, folder)
        Params.model_validate(settings)
    except ValidationError as error:
        raise InputError(f"{folder}/{name}.yaml: {explain(error)}") from None
    except (OmegaConfBaseException, AttributeError, IndexError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{folder}/{name}.yaml does not fit {BASE}.yaml: {reason}") from None
    stream, yaml = StringIO(), YAML()
    yaml.width = 4096
    yaml.dump(_styled(settings), stream)
    spaced = re.sub(r"^(?=\w+:$)", "\n", stream.getvalue(), flags=re.MULTILINE)
    return HEAD.format(name=name, sha256=_sha256(spaced)) + spaced


def params_of(name: str, folder: Path = FOLDER) -> Params:
    """Parameters of a profile, whatever params.yaml holds; InputError as in `compose`."""
    return Params.model_validate(YAML(typ="safe").load(compose(name, folder)))


def is_as_made(text: str) -> bool:
    """Whether a params.yaml is as `compose` made it, so that nothing is lost with it."""
    made = re.match(r"(?:#.*\n)*?# As it was made: (\w+)\n", text)
    return made is not None and _sha256(text[made.end() :]) == made[1]


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _require_used(name: str, overlay: Any, settings: dict[str, Any], folder: Path) -> None:
    """Raise InputError if a profile sets something that it does not use: a slip of the pen."""
    if overlay.get("profile") != name:
        raise InputError(
            f"{folder}/{name}.yaml: profile must be {name}, as the file is called, "
            f"got {overlay.get('profile')!r}"
        )
    pairs = [(section, overlay.get(section), settings[section]) for section in NAMED]
    misses = (overlay.get("calibration") or {}).get("known_misses")
    pairs.append(("known_misses", misses, settings["calibration"]["known_misses"]))
    for section, given, used in pairs:
        unused = [key for key in given or {} if key not in used]
        if unused:
            raise InputError(
                f"{folder}/{name}.yaml: {section} has {unused[0]}, which the profile does not "
                "use: check its spelling"
            )


def _named_alone(merged: dict[str, Any]) -> dict[str, Any]:
    """The settings without what the profile does not name; `datasets` are all that it needs."""
    experiments = merged["experiments"].values()
    fields = ("training_set", "network", "recipe")
    named = {f"{field}s": [experiment[field] for experiment in experiments] for field in fields}
    named["benchmarks"] = [b for cells in merged["grid"].values() for b in cells["benchmarks"]]
    kept = {
        section: {key: entry for key, entry in merged[section].items() if key in names}
        for section, names in named.items()
    }
    sets = (entry for s in ("training_sets", "benchmarks") for entry in kept[s].values())
    of_sets = [entry["dataset"] for entry in sets]
    datasets = [*of_sets, *merged["converted"], *merged["datasets"]]
    methods = {"input", *merged["experiments"], *merged["converted"], *merged["released"],
               *merged["methods"]}  # fmt: skip
    tested = {entry["dataset"] for entry in kept["benchmarks"].values()}
    misses = {
        key: miss
        for key, miss in merged["calibration"]["known_misses"].items()
        if key.split("/")[0] in methods and key.split("/")[1] in tested
    }
    head = {key: merged[key] for key in ("profile", "budget")}
    made = {
        "datasets": list(dict.fromkeys(datasets)),
        "calibration": merged["calibration"] | {"known_misses": misses},
    }
    return {**head, "datasets": None, **merged, **kept, **made}


def _styled(value: Any) -> Any:
    """Lists of plain values, and small mappings of them inside others, in one line."""
    if isinstance(value, dict):
        styled = CommentedMap((key, _styled(entry)) for key, entry in value.items())
        plain = not any(isinstance(entry, dict | list) for entry in value.values())
        if plain and len(value) <= SHORT and "reason" not in value:
            styled.fa.set_flow_style()
        return styled
    if isinstance(value, list):
        listed = CommentedSeq(value)
        if len(str(value)) <= NARROW:
            listed.fa.set_flow_style()
        return listed
    return value
