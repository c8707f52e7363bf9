"""Guess which columns are the key, the entity, the time and protected attributes, and say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loopwright.domain.inference_columns import (
    LONGEST_CATEGORY,
    DraftColumn,
    is_unique,
    names_something,
    whole_values,
    with_pattern,
)
from loopwright.domain.inference_facts import ColumnSketch
from loopwright.domain.inference_words import (
    BIRTH,
    KEYS,
    TIMES,
    protected_by_name,
    protected_by_values,
    speaks_of,
)
from loopwright.domain.spec import Column

NAMES = {"id", "ids", "uuid", "guid", "identifier"}
FEW_PER_ENTITY = 50
FIRST_YEAR, LAST_YEAR = 1900, 2100
PROTECTED_TYPES = ("category", "boolean", "integer")


@dataclass
class Roles:
    """The parts that columns play, and why each was guessed."""

    key: str | None = None
    entity: str | None = None
    time: str | None = None
    protected: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def say(self, role: str, reason: str) -> None:
        """Keep one reason of a role."""
        self.reasons.setdefault(role, []).append(reason)


def guess_roles(
    sketches: Sequence[ColumnSketch], drafts: Mapping[str, DraftColumn], target: str, rows: int
) -> Roles:
    """Return the parts that the columns but the target play."""
    roles, others = Roles(), [one for one in sketches if one.name != target]
    _protected(others, drafts, roles)
    free = [one for one in others if one.name not in roles.protected]
    _key(free, drafts, roles, rows)
    _entity([one for one in free if one.name != roles.key], drafts, roles, rows)
    taken = (roles.key, roles.entity)
    _time([one for one in free if one.name not in taken], drafts, roles)
    return roles


def identity(draft: DraftColumn, sketch: ColumnSketch) -> DraftColumn:
    """Return the column of a key or an entity: any value may come, of the one shape if any."""
    if _is_whole(draft):
        return DraftColumn(draft.name, Column(type="integer"), (), draft.unreadable)
    return with_pattern(DraftColumn(draft.name, Column(type="category")), sketch)


def _is_whole(draft: DraftColumn) -> bool:
    column = draft.column
    return column.type == "integer" or bool(column.values and isinstance(column.values[0], int))


def _protected(
    sketches: Sequence[ColumnSketch], drafts: Mapping[str, DraftColumn], roles: Roles
) -> None:
    for sketch in sketches:
        by_name = protected_by_name(sketch.name)
        column = drafts[sketch.name].column
        by_values = None if _is_free(column) else protected_by_values(sketch.texts)
        found = by_name or by_values
        if found is None:
            continue
        what = "its name says" if by_name else "its values say"
        if column.type in PROTECTED_TYPES and not (column.type == "category" and _is_free(column)):
            roles.protected.append(sketch.name)
            roles.say("protected", f"{sketch.name}: {what} {found}")
        else:
            roles.say(
                "protected",
                f"{sketch.name}: {what} {found}, but groups need codes or whole numbers, "
                f"not {column.type}: left out, so decide",
            )


def _is_free(column: Column) -> bool:
    return column.values is None and column.type in ("text", "category")


def _key(
    sketches: Sequence[ColumnSketch],
    drafts: Mapping[str, DraftColumn],
    roles: Roles,
    rows: int,
) -> None:
    found = [
        one
        for one in sketches
        if is_unique(one, rows) and not drafts[one.name].unreadable and _can_name(one, drafts)
    ]
    named = [one for one in found if speaks_of(one.name, KEYS)]
    counted = [one for one in found if one is sketches[0] and _is_counter(one, rows)]
    for one, why in [*((each, "its name says so") for each in named)] + [
        (each, "it counts the rows") for each in counted
    ]:
        roles.key = one.name
        roles.say("key", f"each row has its own value, and {why}")
        return
    for one in found[:1]:
        if drafts[one.name].column.type == "text":
            roles.say("key", f"{one.name} differs in every row too: is it the key?")


def _can_name(sketch: ColumnSketch, drafts: Mapping[str, DraftColumn]) -> bool:
    draft = drafts[sketch.name]
    whole = _is_whole(draft)
    texts = draft.column.type in ("category", "text") and sketch.longest <= LONGEST_CATEGORY
    return whole or texts


def _is_counter(sketch: ColumnSketch, rows: int) -> bool:
    reads = sketch.reads["integer"]
    whole = reads.low is not None and reads.high is not None and not reads.unreadable
    return whole and int(reads.high or 0) - int(reads.low or 0) + 1 == rows


def _entity(
    sketches: Sequence[ColumnSketch],
    drafts: Mapping[str, DraftColumn],
    roles: Roles,
    rows: int,
) -> None:
    for one in sketches:
        named = speaks_of(one.name, NAMES) and names_something(one)
        repeated = FEW_PER_ENTITY * one.distinct >= rows > one.distinct > 1
        if named and repeated and not one.missing and _can_name(one, drafts):
            if drafts[one.name].unreadable:
                continue
            roles.entity = one.name
            roles.say(
                "entity", f"its name says so, and {one.distinct:,} values stand in {rows:,} rows"
            )
            return


def _time(
    sketches: Sequence[ColumnSketch], drafts: Mapping[str, DraftColumn], roles: Roles
) -> None:
    found = [
        one
        for one in sketches
        if _is_time(one, drafts[one.name].column) and not speaks_of(one.name, BIRTH)
    ]
    found.sort(key=lambda one: (one.missing > 0, not speaks_of(one.name, TIMES)))
    if found:
        roles.time = found[0].name
        roles.say("time", "it holds times; the time says when a row was true")
    if len(found) > 1:
        others = ", ".join(one.name for one in found[1:])
        roles.say("time", f"others that hold times: {others}")


def _is_time(sketch: ColumnSketch, column: Column) -> bool:
    if column.type == "timestamp":
        return True
    if column.type != "integer" or not speaks_of(sketch.name, {"year", "yr"}):
        return False
    years = whole_values(sketch)
    return bool(years) and years[0] >= FIRST_YEAR and years[-1] <= LAST_YEAR
