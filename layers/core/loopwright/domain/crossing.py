"""What must be compared across all rows of a dataset version, part by part of a spec.

Each item is counted over records that were spread by a hash, so that equal values of all parts
meet in one bucket.
"""

import re
from typing import Literal

from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec

Check = Literal[
    "duplicate_rows",
    "alike_rows",
    "twins",
    "repeated",
    "on_both_sides",
    "unordered",
    "orphan",
    "referenced",
]
WIDE = ("number", "timestamp", "text")
NAMED_LIKE_AN_ID = re.compile(
    r"(^|[_\W])(id|ids|uuid|guid|key|code|nr|no|num|number|account|customer|patient|person|user|"
    r"client|member|household|device|serial|ssn|email|phone)$|[a-z](Id|ID|Key|Nr)$",
    re.IGNORECASE,
)


class Item(Record):
    """One comparison: what is checked, and of which column (none: of whole rows)."""

    check: Check
    column: str = ""


def items(spec: ProjectSpec) -> tuple[Item, ...]:
    """Return the comparisons that a spec asks for, and those that are always made."""
    unique = [name for name, c in spec.columns.items() if c.unique or name == spec.key]
    ordered = [name for name, column in spec.columns.items() if column.monotonic is not None]
    references = {name: c.references for name, c in spec.columns.items() if c.references}
    return (
        Item(check="duplicate_rows"),
        Item(check="alike_rows"),
        Item(check="twins"),
        *(Item(check="repeated", column=name) for name in unique),
        *(Item(check="on_both_sides", column=name) for name in entity_columns(spec)),
        *(Item(check="unordered", column=name) for name in ordered),
        *(Item(check="orphan", column=name) for name in references),
        *(Item(check="referenced", column=name) for name in dict.fromkeys(references.values())),
    )


def entity_columns(spec: ProjectSpec) -> tuple[str, ...]:
    """Return the entity, and other columns that are named as if they named one."""
    suspects = [
        name
        for name, column in spec.columns.items()
        if column.type in ("integer", "category", "text")
        and column.values is None
        and name not in (spec.target, spec.key, *spec.protected_columns)
        and NAMED_LIKE_AN_ID.search(name)
    ]
    return tuple(dict.fromkeys([*([spec.entity] if spec.entity else []), *suspects]))


def compared_columns(spec: ProjectSpec, check: Check) -> tuple[str, ...]:
    """Return the columns by which two rows are compared: without the key, which names the row.

    `alike_rows` takes every other one of them, from those of the most possible values on: rows
    that are copies agree in all columns as often as in half of them, other rows do not.
    """
    names = tuple(sorted(name for name in spec.columns if name != spec.key))
    if check == "alike_rows":
        return tuple(sorted(names, key=lambda name: spec.columns[name].type not in WIDE))[::2]
    return tuple(sorted([*spec.features, spec.target])) if check == "twins" else names


def is_sealed_part(key: str) -> bool:
    """Tell whether the part of this key belongs to the holdout."""
    return key.startswith("holdout/")
