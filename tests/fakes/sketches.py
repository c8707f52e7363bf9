"""Sketches of columns made in plain Python, as the table engine makes them of files."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from loopwright.domain.inference_dialect import MAY_BE_ABSENT
from loopwright.domain.inference_facts import MOST_VALUES, ColumnSketch, Reads, TableSketch
from loopwright.domain.spec import Dialect

NO_VALUE = {"na", "n/a", "nan", "null", "none"}
TRUTH = {"true": True, "t": True, "yes": True, "y": True, "1": True}
TRUTH |= {"false": False, "f": False, "no": False, "n": False, "0": False}
READERS: dict[str, Callable[[str], object]] = {
    "integer": int,
    "number": float,
    "boolean": lambda text: TRUTH[text.lower()],
    "timestamp": datetime.fromisoformat,
}


def a_table(columns: Mapping[str, Sequence[str | None]], **changes: object) -> TableSketch:
    """A sketch of columns of texts of one length; None is a missing value."""
    sketches = tuple(a_column(name, texts) for name, texts in columns.items())
    rows = len(next(iter(columns.values())))
    facts = {"file": "people.csv", "rows": rows, "unreadable_rows": 0, "dialect": Dialect()}
    return TableSketch(**{**facts, "columns": sketches, **changes})  # type: ignore[arg-type] # changes are fields


def a_column(name: str, texts: Sequence[str | None]) -> ColumnSketch:
    """A sketch of one column."""
    present = [text for text in texts if text is not None]
    missing = len(texts) - len(present)
    shapes = {_shape(text) for text in present}
    loose = {re.sub(r"(.)\1+", r"\1", shape) if shape else shape for shape in shapes}
    tally = sorted(Counter(present).items(), key=lambda item: (-item[1], item[0]))
    return ColumnSketch(
        name=name,
        missing=missing,
        distinct=len(tally),
        values=tuple(tally[: MOST_VALUES + 1]),
        reads={kind: _reads(present, missing, reader) for kind, reader in READERS.items()},
        padded=sum(bool(re.fullmatch("0[0-9]+", text)) for text in present),
        longest=max(map(len, present), default=0),
        shape=shapes.pop() if len(shapes) == 1 else None,
        loose_shape=loose.pop() if len(loose) == 1 else None,
        bad_examples=tuple(sorted({text for text in present if not _is_number(text)})[:3]),
        absent={text: count for text, count in tally if text in MAY_BE_ABSENT},
        commas=sum(bool(re.fullmatch(r"[+-]?\d+,\d{1,2}", text)) for text in present),
    )


def _shape(text: str) -> str:
    return re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub("[0-9]", "9", text)))


def _is_number(text: str) -> bool:
    return not _reads([text], 0, float).unreadable


def _reads(present: Sequence[str], missing: int, reader: Callable[[str], object]) -> Reads:
    values, bad, absent = [], 0, missing
    for text in present:
        try:
            values.append(reader(text))
        except (KeyError, ValueError):
            absent += text.lower() in NO_VALUE
            bad += text.lower() not in NO_VALUE
    ends = sorted(values)  # type: ignore[type-var] # values of one reader are of one type
    return Reads(bad, absent, *(str(end) for end in (*ends[:1], *ends[-1:]) or (None, None)))
