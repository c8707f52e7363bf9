"""Text files made ready for DuckDB: plain UTF-8, with a known form and a known number of rows."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from loopwright.domain.spec import Column, Dialect
from loopwright.domain.upload_reasons import empty_file, not_a_table
from loopwright.engines.tables_dialect import Form, sniff
from loopwright.engines.tables_lines import LineCount, mended
from loopwright.engines.tables_stream import (
    Limits,
    RefusedError,
    chunks,
    decoded,
    encoding_of,
    packing_of,
)

PARQUET = b"PAR1"
JSON_ARRAY = r"\[\s*[\[{\]]"
JSON_LINES = Form(header=(), delimiter="\x01", quote="")


@dataclass(frozen=True)
class TextFile:
    """A plain UTF-8 text: what DuckDB is given, with what was found out about it.

    `rows` counts what is neither blank nor the header; JSON Lines have no header.
    """

    path: Path
    form: Form
    rows: int
    has_blanks: bool
    sniffed: dict[str, str]

    @property
    def header(self) -> tuple[str, ...]:
        """Return the names in the first row of a CSV file."""
        return self.form.header

    @property
    def is_json(self) -> bool:
        """Tell whether each line is a JSON object."""
        return self.form is JSON_LINES


def is_parquet(path: Path) -> bool:
    """Tell whether a file starts as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(PARQUET)) == PARQUET


def open_text(
    name: str,
    path: Path,
    dialect: Dialect,
    *,
    work: Path,
    limits: Limits,
    columns: Mapping[str, Column],
) -> TextFile:
    """Read a text once: unpack and decode it into `work` where needed, sniff it, count its rows."""
    pieces = chunks(name, path, limits)
    first = next(pieces, b"")
    if not first:
        raise RefusedError(empty_file(name))
    codec, packing = encoding_of(name, first, dialect), packing_of(path)
    texts = decoded(name, chain([first], pieces), codec)
    start = next(texts)
    form = _form(name, start.decode("utf-8-sig", errors="ignore"), dialect, columns)
    lines = LineCount(name, quote=form.quote or None, max_row_bytes=limits.row_bytes)
    plain = packing == "none" and codec == "utf-8"
    text = path if plain else work / f"{path.name}.text"
    _write(_counted(chain([start], texts), lines), Path(os.devnull) if plain else text)
    if lines.mixed:
        mixed, text = text, work / f"{path.name}.mended"
        _write(mended(chunks(name, mixed, limits), form.quote or None), text)
    sniffed = {"compression": packing, "encoding": codec}
    if form is JSON_LINES:
        return TextFile(text, form, lines.rows, lines.blank > 0, {"format": "jsonl", **sniffed})
    sniffed = {"format": "csv", **sniffed, **form.sniffed}
    return TextFile(text, form, lines.rows - 1, lines.blank > 0, sniffed)


def _form(name: str, start: str, dialect: Dialect, columns: Mapping[str, Column]) -> Form:
    begin = start.lstrip()
    if re.match(JSON_ARRAY, begin):
        kind = "it is one JSON array; write one object a line (`jq -c '.[]'` does)"
        raise RefusedError(not_a_table(name, kind))
    numbers = [column for column, one in columns.items() if one.type == "number"]
    return JSON_LINES if begin.startswith("{") else sniff(start, dialect, columns, numbers)


def _counted(texts: Iterator[bytes], lines: LineCount) -> Iterator[bytes]:
    for text in texts:
        lines.add(text)
        yield text
    lines.close()


def _write(texts: Iterator[bytes], target: Path) -> None:
    with target.open("wb") as file:
        file.writelines(texts)
