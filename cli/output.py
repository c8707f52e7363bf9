"""What commands print: tables for people, JSON for machines."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loopwright.domain.record import Record

console = Console()
notices = Console(stderr=True)
SHORT = 12
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def short(digest: str | None) -> str:
    """Return the first characters of a digest; a dash for none."""
    return "-" if not digest else digest[:SHORT]


def note(line: str) -> None:
    """Print a line of progress on stderr, as it is."""
    notices.print(line, highlight=False, markup=False)


def age(days: float | None) -> str:
    """Return an age as people say it; a dash for none."""
    if days is None:
        return "-"
    return f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"  # noqa: PLR2004 - two days are many


def size(count: float) -> str:
    """Return a number of bytes as people say it."""
    for unit in ("B", "kB", "MB"):
        if count < 1_000:  # noqa: PLR2004 - the units are decimal
            return f"{count:.0f} {unit}"
        count /= 1_000
    return f"{count:.1f} GB"


def cell(value: Any) -> Text:
    """Return a value as the text of a cell: no markup, and no control character does anything."""
    if isinstance(value, Text):
        return value
    shown = "-" if value is None else str(value)
    return Text("".join(c if c.isprintable() or c == "\n" else _REPLACEMENT for c in shown))


def print_json(value: Any) -> None:
    """Print one JSON document, and nothing else."""
    console.print_json(json.dumps(plain(value)))


def plain(value: Any) -> Any:
    """Return a value as JSON would have it."""
    if isinstance(value, Record):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table of texts."""
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*map(cell, row))
    console.print(table)


def print_fields(title: str, fields: Mapping[str, Any]) -> None:
    """Print names and values below each other."""
    print_table(title, ("", ""), list(fields.items()))
