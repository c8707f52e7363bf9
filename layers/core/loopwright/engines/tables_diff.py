"""Compare the rows of two versions: one full join over the key, which DuckDB spills to disk."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from loopwright.domain.diff import RowChanges
from loopwright.engines import tables_sql as sql

EXAMPLES = 5
_HASH = "__row__"


def row_changes(
    connection: duckdb.DuckDBPyConnection,
    before: Sequence[Path],
    after: Sequence[Path],
    *,
    columns: Sequence[str],
    key: str | None,
) -> RowChanges:
    """Match the rows of two sets of parts by a key, or as a whole, and count what changed."""
    if key is None:
        return _whole_rows(connection, before, after, columns)
    return _by_key(connection, before, after, columns, key)


def _by_key(
    connection: duckdb.DuckDBPyConnection,
    before: Sequence[Path],
    after: Sequence[Path],
    columns: Sequence[str],
    key: str,
) -> RowChanges:
    others = [name for name in columns if name != key]
    differs = [f"(a.c{place} IS DISTINCT FROM b.c{place})" for place in range(len(others))]
    once = "a.n = 1 AND b.n = 1"
    changed = f"({once} AND ({' OR '.join(differs) or 'false'}))"
    counts = [
        _count("a.n IS NULL"),
        _count("b.n IS NULL"),
        _count(changed),
        _count(f"{once} AND NOT {changed}"),
        _count("a.n > 1 OR b.n > 1"),
        *(_count(f"{once} AND {one}") for one in differs),
        *(_examples(one) for one in ("a.n IS NULL", "b.n IS NULL", changed)),
    ]
    query = (
        f"WITH a AS ({_grouped(before, others, key)}), b AS ({_grouped(after, others, key)}) "
        f"SELECT {', '.join(counts)} FROM a FULL JOIN b ON a.k = b.k"
    )
    found = connection.execute(query).fetchall()[0]
    examples = [tuple(map(str, one or ())) for one in found[-3:]]
    return RowChanges(
        key=key,
        added=found[0],
        removed=found[1],
        changed=found[2],
        unchanged=found[3],
        repeated=found[4],
        columns={name: rows for name, rows in zip(others, found[5:-3], strict=True) if rows},
        added_examples=examples[0],
        removed_examples=examples[1],
        changed_examples=examples[2],
    )


def _whole_rows(
    connection: duckdb.DuckDBPyConnection,
    before: Sequence[Path],
    after: Sequence[Path],
    columns: Sequence[str],
) -> RowChanges:
    """Compare rows as multisets, by two 64-bit hashes of all columns that both versions have."""
    query = (
        f"WITH a AS ({_hashed(before, columns)}), b AS ({_hashed(after, columns)}), "
        "j AS (SELECT coalesce(a.n, 0) AS old, coalesce(b.n, 0) AS new "
        "FROM a FULL JOIN b ON a.h = b.h AND a.g = b.g) "
        "SELECT coalesce(sum(greatest(new - old, 0)), 0), coalesce(sum(greatest(old - new, 0)), 0)"
        ", coalesce(sum(least(old, new)), 0) FROM j"
    )
    added, removed, unchanged = connection.execute(query).fetchall()[0]
    return RowChanges(
        key=None, added=int(added), removed=int(removed), changed=0, unchanged=int(unchanged)
    )


def _grouped(parts: Sequence[Path], others: Sequence[str], key: str) -> str:
    """Return one row per key with how often it occurs; the values count where that is once."""
    values = "".join(
        f", any_value({sql.quoted(name)}) AS c{place}" for place, name in enumerate(others)
    )
    quoted = sql.quoted(key)
    return (
        f"SELECT {quoted} AS k, count(*) AS n{values} FROM {sql.files(parts)} "
        f"WHERE {quoted} IS NOT NULL GROUP BY 1"
    )


def _hashed(parts: Sequence[Path], columns: Sequence[str]) -> str:
    row = ", ".join(map(sql.quoted, columns))
    two = f"hash({row}) AS h, hash('again', {row}) AS g"
    return f"SELECT {two}, count(*) AS n FROM {sql.files(parts)} GROUP BY ALL"


def _count(condition: str) -> str:
    """Count the rows where a condition is true; unlike count_if never NULL."""
    return f"count(*) FILTER (WHERE {condition})"


def _examples(condition: str) -> str:
    return f"min(coalesce(a.k, b.k), {EXAMPLES}) FILTER (WHERE {condition})"
