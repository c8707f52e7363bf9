"""What commands print: tables for people, JSON for machines."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from loopwright.domain.record import Record

console = Console()
SHORT = 12


def short(digest: str | None) -> str:
    """Return the first characters of a digest; a dash for none."""
    return "-" if not digest else digest[:SHORT]


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
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    console.print(table)


def print_fields(title: str, fields: Mapping[str, Any]) -> None:
    """Print names and values below each other."""
    print_table(title, ("", ""), list(fields.items()))
