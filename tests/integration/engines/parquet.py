"""Parquet files for tests of the tables engine."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import stored_type


def parquet_rows(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    spec: ProjectSpec,
    *,
    group_rows: int = 122_880,
) -> Path:
    """Write rows with the stored types of a spec; a timestamp is given as seconds since 1970."""
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(dict(row)) + "\n" for row in rows))
    types = {
        name: "DOUBLE" if column.type == "timestamp" else stored_type(column)
        for name, column in spec.columns.items()
    }
    picked = ", ".join(
        f'make_timestamp(CAST("{name}" * 1e6 AS BIGINT)) AS "{name}"'
        if column.type == "timestamp"
        else f'"{name}"'
        for name, column in spec.columns.items()
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            f"COPY (SELECT {picked} FROM read_json($lines, columns=$types)) TO '{path}' "  # noqa: S608 - names of a test's own spec
            f"(FORMAT parquet, ROW_GROUP_SIZE {group_rows})",
            {"lines": str(lines), "types": types},
        )
    return path
