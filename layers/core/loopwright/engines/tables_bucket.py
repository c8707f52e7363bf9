"""Count what the records of one bucket have in common: repeats, both sides, orphans, order."""

from collections.abc import Sequence
from typing import Any

import duckdb

from loopwright.domain.crossing import Item, items
from loopwright.domain.facts import MAX_EXAMPLES, Crossed, Example, first_examples
from loopwright.domain.spec import ProjectSpec


class Bucket:
    """The records of one bucket."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: str, spec: ProjectSpec
    ) -> None:
        """Take the table or view that holds the records."""
        self._connection = connection
        self._table = table
        self._spec = spec
        self._places = {item: place for place, item in enumerate(items(spec))}

    def crossed(self, item: Item) -> Crossed:
        """Count one comparison; what breaks it is kept apart to fetch the first rows of."""
        if item.check == "unordered":
            return self._unordered(item)
        groups = (
            "SELECT h1, h2, CAST(sum(found) AS BIGINT) AS n, "
            "CAST(coalesce(sum(found) FILTER (sealed), 0) AS BIGINT) AS s "
            f"FROM {self._of(item)} GROUP BY 1, 2"
        )
        breaks, concerned = self._rule(item)
        query = (
            f"SELECT coalesce(sum({concerned}) FILTER ({breaks}), 0), count_if({breaks}), count(*) "
            f"FROM ({groups})"
        )
        rows, values, distinct = self._fetch(query)[0]
        names = f"SELECT h1, h2 FROM ({groups}) WHERE {breaks}"
        chosen = f"(h1, h2) IN ({names})"
        examples = self._examples(item, chosen) if values and item.check != "alike_rows" else ()
        return crossed_of(item, (rows, values, distinct), examples)

    def _rule(self, item: Item) -> tuple[str, str]:
        """Return when a group of `n` equal records breaks a check, and the rows concerned."""
        if item.check == "twins":
            return "s > 0 AND s < n", "s"
        if item.check == "on_both_sides":
            return "s > 0 AND s < n", "n"
        if item.check == "orphan":
            other = Item(check="referenced", column=str(self._references(item)))
            return f"(h1, h2) NOT IN (SELECT (h1, h2) FROM {self._of(other)})", "n"
        return "n > 1", "n - 1"

    def _references(self, item: Item) -> str | None:
        return self._spec.columns[item.column].references

    def _unordered(self, item: Item) -> Crossed:
        rising = self._spec.columns[item.column].monotonic == "increasing"
        best, worse = ("max", "<") if rising else ("min", ">")
        moment = "at_number" if self._is_number(str(self._spec.time)) else "at_whole"
        value = "number" if self._is_number(item.column) else "whole"
        records = (
            f"SELECT h1, h2, part, place, value, {moment} AS moment, {value} AS v "
            f"FROM {self._of(item)} AND moment IS NOT NULL AND v IS NOT NULL"
        )
        bests = f"SELECT h1, h2, moment, {best}(v) AS v FROM records GROUP BY 1, 2, 3"
        earlier = (
            f"SELECT h1, h2, moment, {best}(v) OVER (PARTITION BY h1, h2 ORDER BY moment "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM bests"
        )
        source = (
            f"WITH records AS ({records}), bests AS ({bests}), earlier AS ({earlier}) "
            f"SELECT r.*, coalesce(v {worse} before, false) AS broken "
            "FROM records AS r JOIN earlier AS e USING (h1, h2, moment)"
        )
        query = (
            "SELECT count_if(broken), count(DISTINCT (h1, h2)) FILTER (broken), "
            f"count(DISTINCT (h1, h2)) FROM ({source})"
        )
        counts = self._fetch(query)[0]
        return crossed_of(item, counts, self._first(f"({source})", "broken") if counts[0] else ())

    def _is_number(self, name: str) -> bool:
        return self._spec.columns[name].type == "number"

    def _examples(self, item: Item, chosen: str) -> tuple[Example, ...]:
        return self._first(f"(FROM {self._of(item)})", chosen)

    def _first(self, source: str, condition: str) -> tuple[Example, ...]:
        query = (
            f"SELECT part, place, value FROM {source} WHERE {condition} "
            f"ORDER BY part, place LIMIT {MAX_EXAMPLES}"
        )
        return first_examples(
            Example(part=part, row=row, value=value) for part, row, value in self._fetch(query)
        )

    def _of(self, item: Item) -> str:
        return f"{self._table} WHERE item = {self._places[item]}"

    def _fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def crossed_of(item: Item, counts: Sequence[Any], examples: tuple[Example, ...]) -> Crossed:
    """Return what was counted: the rows concerned, the values concerned, the values in all."""
    rows, values, distinct = (int(count or 0) for count in counts)
    return Crossed(
        check=item.check,
        column=item.column,
        rows=rows,
        values=values,
        distinct=distinct,
        examples=examples,
    )
