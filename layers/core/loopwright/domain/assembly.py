"""The rows of a retraining set: labelled receipts, the newest of each key, that fit the spec."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.receipt import Labels, Receipt
from loopwright.domain.record import Record
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.spec_rules import column_kind, read_time

Row = dict[str, CategoryValue | float | None]


class Assembly(Record):
    """Rows in the order of their receipts, and how many labelled predictions were left out."""

    rows: tuple[Row, ...]
    replaced: int
    misfits: int


def assemble(
    spec: ProjectSpec, labelled: Iterable[tuple[Receipt, Labels]], *, now: datetime
) -> Assembly:
    """Return a row for every labelled prediction of receipts, the newest receipt of a key winning.

    Labels that are older than the spec allows are passed over.

    A row that the contract of the spec would reject (a value out of its limits, an unlisted
    category, a missing value where none may be) is left out and counted as a misfit.
    """
    kept: dict[object, Row] = {}
    replaced = misfits = 0
    recent = (pair for pair in labelled if _is_recent(spec, pair[1], now))
    for receipt, labels in sorted(recent, key=lambda pair: (pair[0].at, pair[0].id)):
        for position, label in sorted(labels.labels.items()):
            values = receipt.instances[position] | receipt.context[position] | {spec.target: label}
            row = {name: values.get(name) for name in spec.columns}
            if not fits(spec, row):
                misfits += 1
                continue
            identity = (receipt.id, position) if spec.key is None else row[spec.key]
            replaced += kept.pop(identity, None) is not None
            kept[identity] = row
    return Assembly(rows=tuple(kept.values()), replaced=replaced, misfits=misfits)


def _is_recent(spec: ProjectSpec, labels: Labels, now: datetime) -> bool:
    most = spec.retraining.max_label_age_days
    return most is None or now - datetime.fromisoformat(labels.at) <= timedelta(days=most)


def fits(spec: ProjectSpec, row: Mapping[str, Any]) -> bool:
    """Tell whether every value of a row is one that its column may hold."""
    return all(_fits(column, row[name]) for name, column in spec.columns.items())


def _fits(column: Column, value: CategoryValue | float | None) -> bool:
    if value is None:
        return column.max_missing_share > 0
    if column.values is not None:
        return value in column.values
    if column.type == "timestamp":
        return isinstance(value, str) and _in_time(column, value)
    if column_kind(column) == "text":
        return isinstance(value, str) and _matches(column, value)
    if column.type == "boolean" or isinstance(value, bool):
        return column.type == "boolean" and isinstance(value, bool)
    return not isinstance(value, str) and _in_limits(column, value)


def _in_time(column: Column, text: str) -> bool:
    low = datetime.min if column.earliest is None else read_time(column.earliest)  # noqa: DTZ901 - times are kept without zone
    high = datetime.max if column.latest is None else read_time(column.latest)  # noqa: DTZ901 - times are kept without zone
    try:
        return low <= read_time(text) <= high
    except ValueError:
        return False


def _matches(column: Column, text: str) -> bool:
    return column.pattern is None or re.fullmatch(column.pattern, text) is not None


def _in_limits(column: Column, value: float) -> bool:
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    whole = column.type == "number" or float(value).is_integer()
    return whole and low <= value <= high
