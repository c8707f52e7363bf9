"""Find out how a text file is written where only all its values together can tell."""

from loopwright.domain.inference_facts import ColumnSketch, TableSketch
from loopwright.domain.spec import Dialect

ALWAYS_ABSENT = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>", "?")
MAYBE_ABSENT = ("-", "--", ".", "None", "none", "NONE", "missing", "Missing", "unknown", "Unknown")
READ_AS_ABSENT = frozenset({"na", "n/a", "nan", "null", "none"})
MAY_BE_ABSENT = (*ALWAYS_ABSENT, *MAYBE_ABSENT)


def settled_dialect(table: TableSketch) -> Dialect:
    """Return the dialect with the texts that stand for no value, and the decimal comma if any.

    A text such as NA or ? is no value anywhere; one such as - or none where the others are numbers
    or times.
    """
    found = {text for one in table.columns for text in one.absent if _is_absent(one, text, table)}
    missing = [text for text in MAY_BE_ABSENT if text in found or text in table.dialect.missing]
    changes: dict[str, object] = {"missing": tuple(missing)}
    if any(_has_commas(one) for one in table.columns):
        changes["decimal"] = ","
    return table.dialect.model_copy(update=changes)


def _is_absent(sketch: ColumnSketch, text: str, table: TableSketch) -> bool:
    if text in ALWAYS_ABSENT:
        return True
    return any(_is_alone(sketch, kind, table.rows) for kind in ("number", "timestamp"))


def _is_alone(sketch: ColumnSketch, kind: str, rows: int) -> bool:
    """Tell whether all but texts for no value read as a type, and there are some that do."""
    reads = sketch.reads[kind]
    readable = rows - reads.missing - reads.unreadable
    return readable > 0 and reads.unreadable <= _odd(sketch)


def _odd(sketch: ColumnSketch) -> int:
    """Count the texts for no value that are not read as missing in a column of numbers."""
    return sum(count for text, count in sketch.absent.items() if text.lower() not in READ_AS_ABSENT)


def _has_commas(sketch: ColumnSketch) -> bool:
    """Tell whether all values that are no number without one are numbers with a decimal comma."""
    return 0 < sketch.commas >= sketch.reads["number"].unreadable - _odd(sketch)
