"""Draft the target: which task it is, which columns and which outcome is good for the person."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loopwright.domain.inference_columns import DraftColumn, category, draft_column, whole_values
from loopwright.domain.inference_facts import MOST_VALUES, ColumnSketch, TableSketch
from loopwright.domain.inference_words import favourable_place
from loopwright.domain.kinds import CategoryValue, Task
from loopwright.errors import SpecError

MOST_CLASSES = 10
BINARY = 2


@dataclass(frozen=True)
class DraftTarget:
    """The target's column, its task, the favourable value and why, and a warning if any."""

    draft: DraftColumn
    task: Task
    favourable: CategoryValue | None = None
    favourable_reason: str = ""
    warning: str = ""


def draft_target(table: TableSketch, name: str) -> DraftTarget:
    """Return the target as it is drafted; SpecError when the column cannot be predicted."""
    sketch = _sketch(table.columns, name)
    if sketch.distinct <= 1:
        message = f"target {name!r} has {sketch.distinct} values: there is nothing to predict"
        raise SpecError(message)
    draft = _classes(sketch, draft_column(sketch, table.rows), table.rows)
    missing = draft.column.max_missing_share
    warning = "" if not missing else _missing_warning(sketch, draft, table.rows)
    column = draft.column.model_copy(update={"max_missing_share": 0.0})
    draft = replace(draft, column=column)
    if column.type in ("integer", "number"):
        return DraftTarget(draft, "regression", warning=warning)
    values: Sequence[CategoryValue] = column.values or (False, True)
    if len(values) > BINARY:
        return DraftTarget(draft, "multiclass", warning=warning)
    place, reason = favourable_place(name, [str(value) for value in values])
    return DraftTarget(draft, "binary", values[place], reason, warning)


def _sketch(columns: Sequence[ColumnSketch], name: str) -> ColumnSketch:
    names = [one.name for one in columns]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names[:50])}"
        message = f"--target: there is no column {name!r}; {hint}"
        raise SpecError(message)
    return columns[names.index(name)]


def _classes(sketch: ColumnSketch, draft: DraftColumn, rows: int) -> DraftColumn:
    """Return a column of classes where a task needs them, or SpecError."""
    column = draft.column
    if column.type == "integer":
        values = whole_values(sketch)
        if sketch.distinct <= MOST_CLASSES and len(values) * MOST_CLASSES <= rows:
            why = f"{len(values)} whole numbers, taken as classes; a quantity is an integer"
            return category(sketch, values, rows, "integer", why)
        return draft
    if column.type in ("number", "boolean"):
        return draft
    if column.type != "timestamp" and sketch.distinct <= MOST_VALUES:
        if column.values and len(column.values) > 1:
            return draft
        return category(sketch, sketch.texts, rows, "text", f"{sketch.distinct} different texts")
    message = (
        f"target {sketch.name!r}: {sketch.distinct:,} different values of type {column.type}; a "
        f"target is a number, or has at most {MOST_VALUES} classes"
    )
    raise SpecError(message)


def _missing_warning(sketch: ColumnSketch, draft: DraftColumn, rows: int) -> str:
    kind = draft.column.type
    missing = sketch.reads[kind].missing if kind in sketch.reads else sketch.missing
    return (
        f"the target {sketch.name!r} is missing in {missing:,} of {rows:,} rows, and no spec "
        "allows that: take these rows out of the file before you push it"
    )
