"""Arguments that checks of claims share: columns of the paper, tasks, and where a check looks."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, Strict, ValidationInfo

from memnet.schema import Section, TaskName


def _of_the_paper(column: str, info: ValidationInfo) -> str:
    known: Any = (info.context or {}).get("columns")
    if known is not None and column not in known:
        raise ValueError(f"must be one of {', '.join(sorted(known))}, got {column!r}")
    return column


Column = Annotated[str, AfterValidator(_of_the_paper)]
"""Of the paper's tables; checked against them where the context of the validation has them."""

_LIST = (Field(min_length=1), Strict(False))
Columns = Annotated[tuple[Column, ...], *_LIST]
Tasks = Annotated[tuple[TaskName, ...], *_LIST]
Texts = Annotated[tuple[str, ...], *_LIST]
Levels = Annotated[tuple[Annotated[int, Strict()], ...], *_LIST]


class Scope(Section):
    """Where a check looks; the datasets are those that the claim names."""

    task: TaskName
    datasets: Texts
    levels: Levels
