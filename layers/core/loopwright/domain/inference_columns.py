"""Draft one column of a `project.yaml` from what it holds, and say why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from loopwright.domain.inference_facts import MOST_VALUES, ColumnSketch
from loopwright.domain.inference_limits import earliest, missing_limit, outward
from loopwright.domain.inference_words import (
    KEYS,
    PEOPLE,
    protected_by_name,
    protected_by_values,
    speaks_of,
)
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.reading import shown
from loopwright.domain.spec import Column

MAX_BAD_SHARE = 0.002
FEW_VALUES = 20
FEW_CODES = 2
MOST_CODES = 20
ROWS_PER_VALUE = 10
LONGEST_CATEGORY = 100
TRUTH = frozenset({"true", "false", "t", "f"})
SHAPE_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]"}
SHAPE_PLAIN = frozenset(" -_/:@,#")


@dataclass(frozen=True)
class DraftColumn:
    """A column as it is drafted, why, and the rows whose value does not read as its type."""

    name: str
    column: Column
    reasons: tuple[str, ...] = ()
    unreadable: int = 0

    def because(self, reason: str, **changes: object) -> "DraftColumn":
        """Return the draft with keys of its column changed, and one reason more."""
        column = Column.model_validate({**self.column.model_dump(exclude_unset=True), **changes})
        return replace(self, column=column, reasons=(*self.reasons, reason))


def draft_column(sketch: ColumnSketch, rows: int) -> DraftColumn:
    """Return the narrowest type that a column reads as, with its limits."""
    if sketch.missing == rows:
        column = Column(type="text", feature=False, max_missing_share=1.0)
        return DraftColumn(sketch.name, column, ("every value is missing",))
    for kind in ("boolean", "timestamp", "integer", "number"):
        if _reads_as(sketch, kind, rows):
            return _DRAFTS[kind](sketch, rows)
    return _words(sketch, rows)


def _reads_as(sketch: ColumnSketch, kind: str, rows: int) -> bool:
    reads = sketch.reads[kind]
    present = rows - reads.missing - reads.unreadable
    if present < 1 or reads.unreadable > MAX_BAD_SHARE * rows:
        return False
    if kind == "boolean":
        return {text.strip().lower() for text in sketch.texts} <= TRUTH
    if kind == "timestamp":
        return not _reads_as(sketch, "number", rows)
    return not sketch.padded


def _boolean(sketch: ColumnSketch, rows: int) -> DraftColumn:
    return _typed(sketch, "boolean", rows)


def _timestamp(sketch: ColumnSketch, rows: int) -> DraftColumn:
    found = _typed(sketch, "timestamp", rows)
    reads = sketch.reads["timestamp"]
    seen = f"times from {reads.low} to {reads.high}"
    start = earliest(reads.low or "")
    changes = {} if start is None else {"earliest": start}
    return found.because(f"{seen}; models do not see times yet", feature=False, **changes)


def _integer(sketch: ColumnSketch, rows: int) -> DraftColumn:
    values = whole_values(sketch)
    named = protected_by_name(sketch.name)
    codes = named not in (None, "age") and len(values) <= MOST_CODES
    if values and sketch.distinct <= MOST_VALUES and (len(values) <= FEW_CODES or codes):
        why = f"{len(values)} whole {_plural('number', len(values))}, so likely codes"
        return category(sketch, values, rows, "integer", why)
    return _limited(sketch, "integer", rows)


def _number(sketch: ColumnSketch, rows: int) -> DraftColumn:
    return _limited(sketch, "number", rows)


def _limited(sketch: ColumnSketch, kind: str, rows: int) -> DraftColumn:
    found, reads = _typed(sketch, kind, rows), sketch.reads[kind]
    if is_unique(sketch, rows) and kind == "integer" and speaks_of(sketch.name, KEYS):
        return found
    low, high = outward(float(reads.low or 0), float(reads.high or 0), whole=kind == "integer")
    limits = {name: limit for name, limit in (("min", low), ("max", high)) if limit is not None}
    found = found.because(f"{reads.low} to {reads.high} seen, rounded outwards", **limits)
    if kind == "integer" and sketch.distinct <= FEW_VALUES:
        hint = f"{sketch.distinct} values: if they are codes, make it a category with `values`"
        return found.because(hint)
    return found


def _words(sketch: ColumnSketch, rows: int) -> DraftColumn:
    present = rows - sketch.missing
    padded = ("leading zeros, so codes and no numbers",) if sketch.padded else ()
    few = sketch.distinct <= max(FEW_VALUES, min(MOST_VALUES, present // ROWS_PER_VALUE))
    if few and sketch.longest <= LONGEST_CATEGORY:
        why = "one text" if sketch.distinct == 1 else f"{sketch.distinct} different texts"
        found = category(sketch, sketch.texts, rows, "text", why)
    elif sketch.distinct * ROWS_PER_VALUE <= present and sketch.longest <= LONGEST_CATEGORY:
        why = f"{sketch.distinct:,} different texts, too many to list: any text is taken"
        found = DraftColumn(sketch.name, _present(sketch.missing, rows, type="category"), (why,))
    else:
        column = _present(sketch.missing, rows, type="text", feature=False)
        why = f"{sketch.distinct:,} different texts in {present:,} rows: models do not read texts"
        found = with_pattern(DraftColumn(sketch.name, column, (why,)), sketch)
    return replace(found, reasons=(*found.reasons, *padded, *_protected_hint(sketch)))


def _protected_hint(sketch: ColumnSketch) -> tuple[str, ...]:
    found = protected_by_values(sketch.texts)
    return () if found is None else (f"the values look like {found}",)


def with_pattern(found: DraftColumn, sketch: ColumnSketch) -> DraftColumn:
    """Return the draft with the one pattern that all its texts have, where there is one."""
    pattern = _pattern(sketch)
    if pattern is None:
        return found
    return found.because(f"all texts look like {shown(sketch.texts[0])}", pattern=pattern)


def _pattern(sketch: ColumnSketch) -> str | None:
    shape, run = (sketch.shape, "") if sketch.shape else (sketch.loose_shape, "+")
    if not shape or "9" not in shape or len(shape) > LONGEST_CATEGORY:
        return None
    if not all(mark in SHAPE_CLASSES or mark in SHAPE_PLAIN or mark == "." for mark in shape):
        return None
    return "".join(_piece(mark, len(list(marks)), run) for mark, marks in groupby(shape))


def _piece(mark: str, count: int, run: str) -> str:
    times = run or ("" if count == 1 else f"{{{count}}}")
    return SHAPE_CLASSES[mark] + times if mark in SHAPE_CLASSES else f"[{mark}]" * count


def whole_values(sketch: ColumnSketch) -> tuple[int, ...]:
    """Return the whole numbers that a column of few values holds, ascending."""
    found = set()
    for text in sketch.texts:
        plain = text.strip().partition(".")
        if plain[0].lstrip("+-").isdecimal() and plain[0].isascii() and not plain[2].strip("0"):
            found.add(int(plain[0]))
    return tuple(sorted(found))


def category(
    sketch: ColumnSketch, values: Sequence[CategoryValue], rows: int, kind: str, why: str
) -> DraftColumn:
    """Return a category column with all its values listed."""
    unreadable, missing = 0, sketch.missing
    if kind == "integer":
        unreadable, missing = sketch.reads[kind].unreadable, sketch.reads[kind].missing
    column = _present(missing, rows, type="category", values=tuple(sorted(values)))
    alone = ("the same in every row: it tells a model nothing",) if len(values) == 1 else ()
    return DraftColumn(sketch.name, column, (why, *alone), unreadable)


def _typed(sketch: ColumnSketch, kind: str, rows: int) -> DraftColumn:
    reads = sketch.reads[kind]
    found = DraftColumn(sketch.name, _present(reads.missing, rows, type=kind), (), reads.unreadable)
    if not reads.unreadable:
        return found
    examples = ", ".join(shown(text) for text in sketch.bad_examples)
    noun = _plural("row", reads.unreadable)
    why = f"{reads.unreadable} {noun} will be kept apart, for they hold no {kind}: {examples}"
    return replace(found, reasons=(why,))


def _present(missing: int, rows: int, **keys: object) -> Column:
    limit = missing_limit(missing, rows)
    shares = {"max_missing_share": limit} if limit else {}
    return Column.model_validate({**keys, **shares})


def is_unique(sketch: ColumnSketch, rows: int) -> bool:
    """Tell whether every row has a value of its own."""
    return not sketch.missing and sketch.distinct == rows


def names_something(sketch: ColumnSketch) -> bool:
    """Tell whether a column's name speaks of an identity."""
    return speaks_of(sketch.name, KEYS | PEOPLE)


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


_DRAFTS = {
    "boolean": _boolean,
    "timestamp": _timestamp,
    "integer": _integer,
    "number": _number,
}
