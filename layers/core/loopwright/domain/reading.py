"""What reading an upload gives: a canonical table, or the reasons why there is none."""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.gate import Reason
from loopwright.domain.record import canonical_json
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.spec_rules import column_kind
from loopwright.domain.upload_reasons import not_a_table

MAX_EXAMPLES = 3
MAX_KEPT = 10_000
MAX_SHOWN = 60
EXPECTED = {
    "integer": "a whole number",
    "number": "a finite number",
    "boolean": "true or false (also 1/0, yes/no, t/f)",
    "text": "a text",
    "timestamp": "a time as in 2026-01-31T12:30:00Z (also 2026/01/31, 31.01.2026)",
}
COLUMN_ADVICE = "Name the columns as under `columns` in project.yaml, in the first row of the file."


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was kept out: where it is (rows count from 1, without the header) and why."""

    file: str
    row: int
    column: str | None
    value: str
    expected: str

    def __str__(self) -> str:
        """Say where and what, for example `data.csv row 3, age: 'x'`."""
        column = "" if self.column is None else f", {self.column}"
        return f"{self.file} row {self.row}{column}: {shown(self.value)}"


@dataclass(frozen=True)
class WrittenPart:
    """One Parquet part on disk."""

    path: Path
    rows: int
    bytes: int
    digest: str


@dataclass(frozen=True)
class CanonicalTable:
    """Files as typed, ordered and split parts, with the sum of the digests of their rows."""

    rows: int
    digest_sum: int
    columns: tuple[ColumnSchema, ...]
    training: tuple[WrittenPart, ...]
    holdout: tuple[WrittenPart, ...]


@dataclass(frozen=True)
class Reading:
    """The outcome of reading files; `table` is None when there are reasons.

    `sniffed` says of each file what was found out about it.
    """

    reasons: tuple[Reason, ...] = ()
    rows: int = 0
    quarantined_rows: int = 0
    quarantined: tuple[QuarantinedRow, ...] = ()
    sniffed: dict[str, dict[str, str]] = field(default_factory=dict)
    table: CanonicalTable | None = None


def shown(value: object) -> str:
    """Return a value as it is shown in a message: quoted, and cut when it is long."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def expected(column: Column) -> str:
    """Say what a value of a column must be."""
    return EXPECTED[column_kind(column)]


def header_reasons(file: str, header: Sequence[str], spec: ProjectSpec) -> tuple[Reason, ...]:
    """Return what is wrong with the column names of a file: repeated, missing, unknown."""
    repeated = sorted({name for name in header if list(header).count(name) > 1})
    if repeated:
        problem = "is in the header more than once"
        return tuple(_column_reason(file, "duplicate_header", name, problem) for name in repeated)
    if not set(header) & set(spec.columns):
        return (not_a_table(file, f"the first row {shown(', '.join(header))} names no column"),)
    return (*_missing(file, header, spec), *_unknown(file, header, spec))


def _missing(file: str, header: Sequence[str], spec: ProjectSpec) -> Iterable[Reason]:
    for name in spec.columns:
        if name not in header:
            code = "missing_target" if name == spec.target else "missing_column"
            role = "the target column" if name == spec.target else "the column"
            yield _column_reason(file, code, name, "is not in the file", role=role)


def _unknown(file: str, header: Sequence[str], spec: ProjectSpec) -> Iterable[Reason]:
    for name in header:
        if name not in spec.columns:
            near = difflib.get_close_matches(name, spec.columns, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield _column_reason(file, "unknown_column", name, f"is not in project.yaml{hint}")


def _column_reason(
    file: str, code: str, column: str, problem: str, *, role: str = "the column"
) -> Reason:
    message = f"{file}: {role} {column!r} {problem}"
    return Reason(code=code, subject=column, message=message, advice=COLUMN_ADVICE)


def is_unreadable(rows: int, count: int, *, limit: float) -> bool:
    """Tell whether no row is readable, or more than this share of all rows is not."""
    return not rows or count > limit * (rows + count)


def unreadable_reasons(
    rows: int, count: int, quarantined: Sequence[QuarantinedRow], *, limit: float
) -> tuple[Reason, ...]:
    """Return a reason per column when too many rows are unreadable, or no row is readable."""
    if not is_unreadable(rows, count, limit=limit):
        return ()
    columns = dict.fromkeys(row.column for row in quarantined)
    return tuple(
        _unreadable(
            column, [row for row in quarantined if row.column == column], count, rows, limit
        )
        for column in columns
    )


def _unreadable(
    column: str | None, found: Sequence[QuarantinedRow], count: int, rows: int, limit: float
) -> Reason:
    where = "rows" if column is None else f"values of {column!r}"
    return Reason(
        code="unreadable_values",
        subject=column or "",
        count=len(found),
        message=(
            f"{len(found)} {where} cannot be read: expected {found[0].expected}. Of {rows + count} "
            f"rows {count} are unreadable, at most {limit:.2%} may be"
        ),
        examples=tuple(str(row) for row in found[:MAX_EXAMPLES]),
        advice="Mend the rows named, or raise rows.max_unreadable_share in project.yaml.",
    )


def quarantine_document(quarantined: Sequence[QuarantinedRow]) -> bytes:
    """Return the JSON lines in which the rows that were kept out are kept."""
    lines = (
        canonical_json(
            {
                "file": row.file,
                "row": row.row,
                "column": row.column,
                "value": row.value,
                "expected": row.expected,
            }
        )
        for row in quarantined
    )
    return b"".join(line + b"\n" for line in lines)


def read_quarantine(document: bytes) -> tuple[QuarantinedRow, ...]:
    """Return the rows that a quarantine document keeps."""
    return tuple(QuarantinedRow(**json.loads(line)) for line in document.splitlines())
