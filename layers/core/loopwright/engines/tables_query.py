"""Answer one SELECT over parts, and nothing else: no other file, no network, no setting.

What bounds it: the files are the only paths that DuckDB may open (`allowed_paths`), external
access is off, and the configuration is locked before the query is read. Because an allowed path
could still be written to by COPY, only a single statement of the kind SELECT is run.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from loopwright.domain.query import Answer, cut_answer
from loopwright.engines import tables_sql as sql
from loopwright.errors import InputError


def answer(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    tables: Mapping[str, Sequence[Path]],
    *,
    limit: int,
) -> Answer:
    """Answer a query over tables made of parts; InputError says what is wrong with it."""
    for name, parts in tables.items():
        connection.execute(f"CREATE VIEW {sql.quoted(name)} AS SELECT * FROM {sql.files(parts)}")
    _lock(connection, [path for parts in tables.values() for path in parts])
    try:
        _check(connection.extract_statements(text))
        found = connection.execute(text)
        rows = found.fetchmany(limit + 1)
    except duckdb.Error as error:
        message = f"the query cannot be answered: {error}"
        raise InputError(message) from error
    described = found.description or []
    return cut_answer(
        [column[0] for column in described],
        [str(column[1]) for column in described],
        rows,
        limit=limit,
    )


def _lock(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    listed = ", ".join(sql.literal(str(path)) for path in paths)
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _check(statements: Sequence[duckdb.Statement]) -> None:
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        found = ", ".join(kinds) or "nothing"
        message = f"expected one SELECT, found {found}: data is read here, never changed"
        raise InputError(message)
