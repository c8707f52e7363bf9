"""The SQL of the tables engine that counts rows: bins, counts over them, and checks."""

from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import ATOM_PARTS, QUANTILE_BINS
from loopwright.engines.tables_sql import literal, quoted


def _grouped(name: str, table: str) -> str:
    value = f"CAST({quoted(name)} AS DOUBLE)"
    return (
        f"WITH g AS (SELECT {value} AS v, count(*) AS n FROM {table} "
        f"WHERE {quoted(name)} IS NOT NULL GROUP BY 1), "
        f"a AS (SELECT v, n, n * {ATOM_PARTS} >= sum(n) OVER () AS atomic FROM g) "
    )


def atoms(name: str, table: str) -> str:
    """Return a query for the atoms of a numeric column, ascending."""
    return _grouped(name, table) + "SELECT v FROM a WHERE atomic ORDER BY v"


def edges(name: str, table: str) -> str:
    """Return a query for the edges of a numeric column, ascending: the values at the edge ranks.

    Value v covers the ranks (running - n, running]; rank ceil(i * total / 20) lies there for some i
    exactly when floor(20 * running / total) grows with v, and the first value has rank 1.
    """
    return (
        _grouped(name, table)
        + ", s AS (SELECT v, n, CAST(sum(n) OVER (ORDER BY v) AS BIGINT) AS running, "
        "CAST(sum(n) OVER () AS BIGINT) AS total FROM a WHERE NOT atomic) "
        f"SELECT v FROM s WHERE running = n OR running * {QUANTILE_BINS} // total > "
        f"(running - n) * {QUANTILE_BINS} // total ORDER BY v"
    )


def tally(name: str, table: str, *, limit: int) -> str:
    """Return a query for the commonest values of a column with their rows, ties by text."""
    column = quoted(name)
    return (
        f"SELECT {column}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 "
        f"ORDER BY 2 DESC, CAST({column} AS VARCHAR) LIMIT {limit}"
    )


def binned(name: str, bins: NumericBins, table: str) -> str:
    """Return a query for the rows in each bin of a numeric column (as domain.counting counts)."""
    return f"SELECT {bin_of(name, bins)}, count(*) FROM {table} GROUP BY 1"


def bin_of(name: str, bins: NumericBins) -> str:
    """Return the bin of a value of a numeric column."""
    edge, value = bins.edges, f"CAST({quoted(name)} AS DOUBLE)"
    above = len(edge) + 1
    cases = [f"WHEN {value} IS NULL OR isnan({value}) THEN 0"]
    cases += [f"WHEN {value} = {literal(a)} THEN {above + 1 + i}" for i, a in enumerate(bins.atoms)]
    cases += [f"WHEN {value} < {literal(e)} THEN {1 + i}" for i, e in enumerate(edge)]
    if len(edge) > 1:
        cases.append(f"WHEN {value} = {literal(edge[-1])} THEN {len(edge)}")
    return f"CASE {' '.join(cases)} ELSE {above} END"
