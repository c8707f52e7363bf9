"""Join the rows of a question with those of another dataset, by a key and up to a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from numpy.typing import NDArray

from loopwright.domain.suggestion import Join, KeyMatch, Side
from loopwright.engines.tables_arrays import picked_column, plain_array, stratum_of
from loopwright.engines.tables_sql import files, quoted, sampled

PLACE = "loopwright:place"
NUMERIC = ("integer", "number")


def match_keys(
    connection: duckdb.DuckDBPyConnection,
    asked: tuple[Sequence[Path], str],
    other: tuple[Sequence[Path], str],
) -> KeyMatch:
    """Count the distinct keys, given as (parts, column), that occur on both sides.

    Keys are compared as texts, so that 7 and "7" meet.
    """
    mine, theirs = (
        f"SELECT CAST({quoted(column)} AS VARCHAR) AS key, count(*) AS n FROM {files(parts)} "
        f"WHERE {quoted(column)} IS NOT NULL GROUP BY 1"
        for parts, column in (asked, other)
    )
    query = (
        f"WITH mine AS ({mine}), theirs AS ({theirs}) SELECT (SELECT count(*) FROM mine), "
        "(SELECT count(*) FROM mine SEMI JOIN theirs USING (key)), "
        "(SELECT count(*) FROM theirs WHERE n > 1)"
    )
    keys, found, repeated = connection.execute(query).fetchall()[0]
    return KeyMatch(column=other[1], keys=keys, found=found, repeated=repeated)


def joined(
    connection: duckdb.DuckDBPyConnection,
    asked: Sequence[Path],
    other: Sequence[Path],
    join: Join,
) -> dict[str, NDArray[Any]]:
    """Return sampled rows of the question in their order, with the columns of the other side.

    Those are named `PROJECT.COLUMN`. With times on both sides a row gets the newest of its key
    that is not newer than itself; of several at one moment, the first by a hash of its values.
    """
    names = {f"{join.other.name}.{name}": name for name in join.other.columns}
    columns = {**join.asked.columns, **{new: join.other.columns[n] for new, n in names.items()}}
    query = (
        f"SELECT asked.* EXCLUDE (k, t), {', '.join(f'other.{quoted(name)}' for name in names)} "
        f"FROM ({_asked(asked, join)}) AS asked {_condition(join)} "
        f"ORDER BY {quoted(PLACE)}"
    ).replace("$other", _other(other, join, names))
    arrays = connection.execute(query).fetchnumpy()
    return {name: plain_array(arrays[name], numeric=columns[name] in NUMERIC) for name in columns}


def _asked(parts: Sequence[Path], join: Join) -> str:
    side = join.asked
    picked = ", ".join([_picked(side), _key(side), _time(side)])
    stratum = stratum_of(join.evenly, numeric=side.columns[join.evenly] in NUMERIC)
    rows = sampled(picked, parts, rows=join.rows, seed=join.seed, evenly=stratum)
    return f"SELECT *, row_number() OVER () AS {quoted(PLACE)} FROM ({rows})"


def _other(parts: Sequence[Path], join: Join, names: dict[str, str]) -> str:
    side = join.other
    picked = ", ".join(
        f"{picked_column(name, numeric=False)} AS {quoted(new)}" for new, name in names.items()
    )
    known = f"SELECT {_key(side)}, {_time(side)}, {picked} FROM {files(parts)}"
    listed = ", ".join(quoted(name) for name in names)
    return (
        f"SELECT * FROM ({known}) WHERE k IS NOT NULL "
        f"QUALIFY row_number() OVER (PARTITION BY k, t ORDER BY hash({listed})) = 1"
    )


def _condition(join: Join) -> str:
    if join.asked.time is None or join.other.time is None:
        return "LEFT JOIN ($other) AS other ON asked.k = other.k"
    return "ASOF LEFT JOIN ($other) AS other ON asked.k = other.k AND asked.t >= other.t"


def _picked(side: Side) -> str:
    return ", ".join(
        picked_column(name, numeric=kind in NUMERIC) for name, kind in side.columns.items()
    )


def _key(side: Side) -> str:
    return f"CAST({quoted(side.key)} AS VARCHAR) AS k"


def _time(side: Side) -> str:
    return f"{'NULL' if side.time is None else quoted(side.time)} AS t"
