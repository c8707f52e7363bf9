"""The SQL of the tables engine that finds the bin of a number."""

from loopwright.domain.bins import NumericBins
from loopwright.engines.tables_slices import number_of
from loopwright.engines.tables_sql import literal


def bin_of(name: str, bins: NumericBins) -> str:
    """Return the bin of what is measured of a column (as domain.counting counts)."""
    edge, value = bins.edges, number_of(name, bins.measure)
    above = len(edge) + 1
    cases = [f"WHEN {value} IS NULL OR isnan({value}) THEN 0"]
    cases += [f"WHEN {value} = {literal(a)} THEN {above + 1 + i}" for i, a in enumerate(bins.atoms)]
    cases += [f"WHEN {value} < {literal(e)} THEN {1 + i}" for i, e in enumerate(edge)]
    if len(edge) > 1:
        cases.append(f"WHEN {value} = {literal(edge[-1])} THEN {len(edge)}")
    return f"CASE {' '.join(cases)} ELSE {above} END"
