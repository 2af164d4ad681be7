"""What every section of a YAML file of this project shares, and how its faults are told."""

from io import StringIO
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from memnet.errors import InputError

TaskName = Literal["super_resolution", "denoising", "jpeg_deblocking"]

LEVEL_LIMITS: dict[str, tuple[int, int]] = {  # lowest and highest level of each task
    "super_resolution": (2, 8),  # scale
    "denoising": (1, 255),  # sigma
    "jpeg_deblocking": (1, 100),  # IJG quality
}


class Section(BaseModel):
    """A frozen record without type coercion, in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def read_yaml(path: str | Path) -> Any:
    """Value of a YAML file that users edit; InputError if it is missing, unreadable or not YAML."""
    try:
        return YAML(typ="safe", pure=True).load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: run in the project's folder") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} must be a readable text file, but: {error}") from None
    except RecursionError:
        raise InputError(f"{path} is not valid YAML: it is nested too deeply") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", error)).splitlines()[0]
        raise InputError(f"{path}{where} is not valid YAML: {problem}") from None
    except (ValueError, KeyError) as error:  # no such date, number or truth value
        raise InputError(f"{path} is not valid YAML: {error}") from None


def yaml_text(value: Any) -> str:
    """A value as YAML in blocks, keys in their order, each text on one line."""
    stream, yaml = StringIO(), YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096
    yaml.dump(value, stream)
    return stream.getvalue()


_RULES = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "invalid_key": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def explain(error: ValidationError) -> str:
    """One fault that pydantic found: dotted key, what is allowed, what was got.

    An unknown key comes before the missing one that it was meant to be.
    """
    faults: list[Any] = error.errors()
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    parts = [str(part) for part in fault["loc"] if part != "[key]"]
    if parts[:1] in (["networks"], ["methods"]):
        del parts[2:3]  # pydantic puts the kind of network or method there, which is no key
    if fault["type"].startswith("union_tag"):
        parts.append(fault["ctx"]["discriminator"].strip("'"))
    key = ".".join(parts)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if fault["type"] == "value_error":  # of a check that spans keys, which names them itself
        return f"{key and key + ': '}{fault['ctx']['error']}{more}"
    return f"{key or 'the file'} {_verdict(fault)}{more}"


def _verdict(fault: Any) -> str:
    """What is wrong with a key, to be read after its name."""
    kind, context, got = fault["type"], fault.get("ctx", {}), fault["input"]
    if kind == "extra_forbidden":
        return "is not a known key: check its spelling"
    if kind in ("missing", "union_tag_not_found"):
        return "is missing"
    if kind in ("literal_error", "union_tag_invalid"):
        allowed = context.get("expected") or context["expected_tags"]
        rule = f"must be one of {allowed.replace(' or ', ', ').replace(chr(39), '')}"
        got = context.get("tag", got)
    else:
        rule = _RULES.get(kind) or fault["msg"].replace("Input should be", "must be")
        rule = rule.replace("greater than or equal to", "at least")
        rule = rule.replace("less than or equal to", "at most")
    return f"{rule}, got {'nothing' if got is None else repr(got)}"
