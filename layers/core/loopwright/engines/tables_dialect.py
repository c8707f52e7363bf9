"""How a text file is written: what the spec declares, and what is sniffed from its start."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from loopwright.domain.spec import Dialect

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
QUOTES = {'"': "double", "'": "single"}
SAMPLE_ROWS = 200
MIN_WRAPPED = 2
GROUPS = {".": "[,' \u00a0\u202f]", ",": "[.' \u00a0\u202f]"}


@dataclass(frozen=True)
class Marks:
    """The decimal mark of numbers, and whether their digits may stand in groups of three."""

    decimal: str = "."
    grouped: bool = False


PLAIN = Marks()


@dataclass(frozen=True)
class Form:
    """The header of a CSV file, and how its rows are written."""

    header: tuple[str, ...]
    delimiter: str
    quote: str
    marks: Marks = PLAIN

    @property
    def sniffed(self) -> dict[str, str]:
        """Return the form in words."""
        return {
            "delimiter": DELIMITERS.get(self.delimiter, self.delimiter),
            "quote": QUOTES.get(self.quote, self.quote),
            "decimal": {".": "point", ",": "comma"}[self.marks.decimal],
            "grouped": "yes" if self.marks.grouped else "no",
        }


def sniff(
    start: str, dialect: Dialect, declared: Collection[str], numbers: Collection[str] = ()
) -> Form:
    """Return the form of a text that starts so; `numbers` are the columns to hold numbers.

    Of the delimiters that the dialect leaves open, the one wins that gives the most declared names,
    then the most rows as wide as the header; single quotes win only where they leave fewer behind.
    """
    delimiters = [dialect.delimiter] if dialect.delimiter else list(DELIMITERS)
    quotes = [dialect.quote] if dialect.quote else list(QUOTES)
    forms = [
        (_first_rows(start, delimiter, quote), delimiter, quote)
        for delimiter, quote in product(delimiters, quotes)
        if delimiter != quote
    ]
    best = max(forms, key=lambda form: _merits(form[0], declared))
    alike = [form for form in forms if form[1] == best[1]]
    rows, delimiter, quote = max(alike, key=lambda form: _bareness(form[0], declared))
    form = Form(tuple(rows[0]) if rows else (), delimiter, quote)
    return replace(form, marks=_marks(rows, dialect, numbers))


def read_rows(
    lines: Iterator[str] | io.TextIOBase, delimiter: str, quote: str
) -> Iterator[list[str]]:
    """Return the rows of CSV lines, one by one; a blank line is an empty row."""
    return csv.reader(lines, delimiter=delimiter, quotechar=quote)


def _first_rows(start: str, delimiter: str, quote: str) -> list[list[str]]:
    """Return the first rows, the last one left out when the text may be cut within it."""
    rows = filter(None, read_rows(io.StringIO(start, newline=""), delimiter, quote))
    found = []
    try:
        found = list(islice(rows, SAMPLE_ROWS + 1))
    except csv.Error:
        return found
    return found[:-1] if len(found) > 1 and not start.endswith(("\n", "\r")) else found


def _merits(rows: Sequence[Sequence[str]], declared: Collection[str]) -> tuple[float, ...]:
    header, others = (rows[0], rows[1:]) if rows else ((), ())
    alike = sum(len(row) == len(header) for row in others) if len(header) > 1 else 0
    known, *bare = _bareness(rows, declared)
    return known, alike / (len(others) or 1), *bare, len(header)


def _bareness(rows: Sequence[Sequence[str]], declared: Collection[str]) -> tuple[float, ...]:
    """Tell how well quotes are taken off; of equal forms the first, double quotes, is taken."""
    header = rows[0] if rows else ()
    known = sum(name in declared for name in header)
    clean = sum(not name.startswith(tuple(QUOTES)) for name in header) / (len(header) or 1)
    return known, clean, -sum(map(_wrapped, zip(*rows[1:], strict=False)))


def _wrapped(column: Sequence[str]) -> bool:
    """Tell whether all cells of a column still stand in the same quotes."""
    cells = [cell for cell in column if cell]
    return len(cells) >= MIN_WRAPPED and any(
        all(len(cell) > 1 and cell[0] == cell[-1] == quote for cell in cells) for quote in QUOTES
    )


def _marks(rows: Sequence[Sequence[str]], dialect: Dialect, numbers: Collection[str]) -> Marks:
    """Return the declared decimal mark with groups allowed, or what the numbers make certain."""
    if dialect.decimal is not None:
        return Marks(dialect.decimal, grouped=True)
    places = [place for place, name in enumerate(rows[0] if rows else ()) if name in numbers]
    cells = {row[place].strip() for row in rows[1:] for place in places if place < len(row)}
    sure = {mark: [cell for cell in cells if _is_sure(cell, mark)] for mark in GROUPS}
    decimal = "," if sure[","] and not sure["."] else "."
    one_kind = bool(sure[","]) != bool(sure["."])
    grouped = one_kind and any(re.search(GROUPS[decimal], cell) for cell in sure[decimal])
    return Marks(decimal, grouped=grouped)


def _is_sure(cell: str, mark: str) -> bool:
    """Tell whether a number can only be read with this decimal mark: 1,234 can be either."""
    point, group = re.escape(mark), GROUPS[mark]
    if re.fullmatch(rf"[+-]?\d{{1,3}}({group}\d{{3}})+{point}\d*", cell):
        return True
    return bool(
        re.fullmatch(rf"[+-]?\d*{point}\d+([eE][+-]?\d+)?", cell)
        and not re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{point}\d{{3}}", cell)
    )
