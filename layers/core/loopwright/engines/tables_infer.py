"""Gather the facts of a file without a contract: how its columns read as each type."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.inference_columns import MAX_BAD_SHARE
from loopwright.domain.inference_dialect import MAY_BE_ABSENT
from loopwright.domain.inference_facts import MOST_VALUES, ColumnSketch, Reads, TableSketch
from loopwright.domain.kinds import ColumnType
from loopwright.domain.spec import Column, Dialect, NoProtected, ProjectSpec
from loopwright.domain.upload_reasons import no_rows
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_dialect import Marks
from loopwright.engines.tables_load import TYPED, Loader
from loopwright.engines.tables_source import open_source
from loopwright.engines.tables_stream import Limits, RefusedError
from loopwright.engines.tables_values import typed, unreadable
from loopwright.errors import UnreadableDataError

KINDS: tuple[ColumnType, ...] = ("integer", "number", "boolean", "timestamp")
EXAMPLES = 3
COMMA_NUMBER = "[+-]?[0-9]+,[0-9]{1,2}|[+-]?[0-9]+,[0-9]{4,}"


def sketch_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    dialect: Dialect,
    work: Path,
    limits: Limits,
) -> TableSketch:
    """Read a file as texts and describe it; UnreadableDataError when it cannot be used."""
    try:
        source = open_source(
            connection, path.name, path, dialect, work=work, limits=limits, columns={}
        )
    except RefusedError as error:
        raise UnreadableDataError(_told(error)) from error
    names = source.names
    _check_names(path.name, names)
    spec = _all_text(names, dialect)
    loaded = Loader(connection, spec, work=work, limits=limits).load({path.name: path})
    if loaded.reasons:
        raise UnreadableDataError(_told(RefusedError(*loaded.reasons)))
    rows = int(_one(connection, f"SELECT count(*) FROM {TYPED}")[0])
    if not rows and not loaded.quarantined_rows:
        raise UnreadableDataError(_told(RefusedError(no_rows(path.name))))
    if not rows:
        message = f"{path.name}: none of {loaded.quarantined_rows:,} rows can be read"
        raise UnreadableDataError(message)
    marks = Marks(dialect.decimal or ".", grouped=dialect.decimal is not None)
    columns = tuple(_column(connection, name, rows, marks) for name in names)
    sniffed = loaded.sniffed[path.name]
    return TableSketch(path.name, rows, loaded.quarantined_rows, columns, dialect, sniffed)


def _told(error: RefusedError) -> str:
    return "; ".join(f"{reason.message}. {reason.advice}" for reason in error.reasons)


def _check_names(file: str, names: Sequence[str]) -> None:
    """Refuse names that a project.yaml cannot hold."""
    for place, name in enumerate(names, start=1):
        if not name.strip() or name != name.strip():
            message = (
                f"{file}: column {place} is named {name!r}; give every column a name without "
                "spaces at its ends"
            )
            raise UnreadableDataError(message)
    if len(names) == 1:
        message = f"{file}: one column, {names[0]!r}; expected a target and something to learn from"
        raise UnreadableDataError(message)
    counted = Counter(name.lower() for name in names)
    repeated = [name for name in names if counted[name.lower()] > 1]
    if repeated:
        message = (
            f"{file}: {repeated[0]!r} is in the header more than once (capital letters do not "
            "tell columns apart); rename one of them"
        )
        raise UnreadableDataError(message)


def _all_text(names: Sequence[str], dialect: Dialect) -> ProjectSpec:
    """Return a spec by which every column is read as it is written."""
    return ProjectSpec(
        project="draft",
        question="not known yet",
        owner="not known yet",
        intended_use="not known yet",
        affected_people="not known yet",
        task="regression",
        target=names[0],
        protected=NoProtected(none="not known yet"),
        columns={name: Column(type="text", feature=False) for name in names},
        dialect=dialect,
    )


def _column(
    connection: duckdb.DuckDBPyConnection, name: str, rows: int, marks: Marks
) -> ColumnSketch:
    text = sql.quoted(name)
    query = f"SELECT {', '.join(_facts(name, marks))} FROM {TYPED}"
    missing, distinct, longest, padded, commas, *found = _one(connection, query)
    shapes, loose = _shape(*found[:2]), _shape(*found[2:4])
    reads: dict[str, Reads] = {
        kind: _reads(found[4 + 4 * i : 8 + 4 * i]) for i, kind in enumerate(KINDS)
    }
    listed = ", ".join(sql.literal(one) for one in MAY_BE_ABSENT)
    return ColumnSketch(
        name=name,
        missing=missing,
        distinct=distinct,
        values=_tally(connection, text, f"{text} IS NOT NULL"),
        reads=reads,
        padded=padded,
        longest=longest or 0,
        shape=shapes,
        loose_shape=loose,
        bad_examples=_bad_examples(connection, name, reads, rows, marks),
        absent=dict(_tally(connection, text, f"{text} IN ({listed})")),
        commas=commas,
    )


def _facts(name: str, marks: Marks) -> Iterator[str]:
    text = sql.quoted(name)
    yield f"count(*) - count({text})"
    yield f"count(DISTINCT {text})"
    yield f"max(length({text}))"
    yield f"count_if(regexp_full_match({text}, '0[0-9]+'))"
    yield f"count_if(regexp_full_match({text}, '{COMMA_NUMBER}'))"
    exact = text
    for letters, mark in (("[0-9]", "9"), ("[a-z]", "a"), ("[A-Z]", "A")):
        exact = f"regexp_replace({exact}, '{letters}', '{mark}', 'g')"
    loose = exact
    for mark in "9aA":
        loose = f"regexp_replace({loose}, '{mark}+', '{mark}', 'g')"
    for shape in (exact, loose):
        yield f"min({shape})"
        yield f"max({shape})"
    for kind in KINDS:
        value = typed(name, Column(type=kind), "VARCHAR", marks)
        bad = unreadable(value, text)
        yield f"count_if({bad})"
        yield f"count_if({value} IS NULL AND NOT {bad})"
        yield f"CAST(min({value}) AS VARCHAR)"
        yield f"CAST(max({value}) AS VARCHAR)"


def _shape(first: str | None, last: str | None) -> str | None:
    return first if first == last else None


def _reads(found: Sequence[Any]) -> Reads:
    bad, missing, low, high = found
    return Reads(unreadable=bad, missing=missing, low=low, high=high)


def _tally(
    connection: duckdb.DuckDBPyConnection, text: str, condition: str
) -> tuple[tuple[str, int], ...]:
    query = (
        f"SELECT {text}, count(*) FROM {TYPED} WHERE {condition} GROUP BY 1 "
        f"ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 1}"
    )
    return tuple((value, count) for value, count in connection.execute(query).fetchall())


def _bad_examples(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    reads: Mapping[str, Reads],
    rows: int,
    marks: Marks,
) -> tuple[str, ...]:
    """Return texts that keep a column from a type that nearly all its other texts have."""
    for kind in KINDS:
        if 0 < reads[kind].unreadable <= MAX_BAD_SHARE * rows:
            text = sql.quoted(name)
            bad = unreadable(typed(name, Column(type=kind), "VARCHAR", marks), text)
            found = _tally(connection, text, bad)
            return tuple(value for value, _ in found[:EXAMPLES])
    return ()


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return connection.execute(query).fetchall()[0]
