"""The people of the demo: real census rows by year, and a recession simulated on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright import bootstrap
from loopwright.domain.spec import ProjectSpec

OVER = 50
APPLYING_SHARE = 0.65
LOSING_WORK = 0.8

Row = dict[str, Any]
Columns = Mapping[str, NDArray[Any]]


def read_year(spec: ProjectSpec, path: Path, *, rows: int, seed: int) -> list[Row]:
    """Return a sample of a year's rows, as Python values."""
    types = {name: column.type for name, column in spec.columns.items()}
    columns = bootstrap.tables().columns([path], types, sample_rows=rows, seed=seed)
    return as_rows(columns)


def as_rows(columns: Columns) -> list[Row]:
    """Return columns as rows of Python values; whole numbers become int, NaN becomes None."""
    names = list(columns)
    plain = [[_plain(value) for value in columns[name].tolist()] for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*plain, strict=True)]


def recession(people: list[Row], *, rows: int, seed: int) -> list[Row]:
    """Return rows as a recession might bring them: SIMULATED from real ones.

    People over 50 make 65 % of the applicants, and 80 % of those of them who work lose their work.
    """
    generator = np.random.default_rng(seed)
    older = [row for row in people if row["AGEP"] > OVER]
    younger = [row for row in people if row["AGEP"] <= OVER]
    older_rows = min(round(rows * APPLYING_SHARE), len(older))
    chosen = [older[i] for i in generator.permutation(len(older))[:older_rows]]
    chosen += [younger[i] for i in generator.permutation(len(younger))[: rows - older_rows]]
    loses = generator.random(len(chosen)) < LOSING_WORK
    changed = [
        {**row, "employed": 0} if row["AGEP"] > OVER and lost else row
        for row, lost in zip(chosen, loses.tolist(), strict=True)
    ]
    return [changed[i] for i in generator.permutation(len(changed))]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if np.isnan(value) else int(value) if value.is_integer() else value
    return value
