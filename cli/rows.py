"""Rows of a local file: CSV, JSON, JSON Lines, or Parquet where pandas is installed."""

import csv
import json
from pathlib import Path
from typing import Any

from cli.failures import CommandError
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import column_kind


def read_rows(path: Path, spec: ProjectSpec) -> list[dict[str, Any]]:
    """Return a file's rows with the types of the spec; an empty cell is None."""
    if path.suffix == ".json":
        return list(json.loads(path.read_text()))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [_typed(row, spec) for row in csv.DictReader(file)]
    message = f"{path}: expected .csv, .json or .jsonl"
    raise CommandError(message)


def _typed(row: dict[str, str], spec: ProjectSpec) -> dict[str, Any]:
    return {name: _value(name, text, spec) for name, text in row.items()}


def _value(name: str, text: str, spec: ProjectSpec) -> Any:
    if text == "":
        return None
    column = spec.columns.get(name)
    if column is None or column_kind(column) in {"text", "timestamp"}:
        return text
    if column.type == "boolean":
        return text.strip().lower() in {"true", "1", "t", "yes"}
    try:
        return int(text) if column.type in {"integer", "category"} else float(text)
    except ValueError:
        return text
