"""The training rows as a pandas DataFrame with the spec's dtypes, and back as raw values."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.spec import Column, ProjectSpec
from training.errors import JobInputError

VALIDATION_FOLDS = 5
MIN_VALIDATION_ROWS = 10


def read_rows(folder: Path, spec: ProjectSpec) -> Any:
    """Read a folder's Parquet parts: features, target and what seals a row, typed by the spec."""
    parts = sorted(folder.rglob("*.parquet"))
    if not parts:
        raise JobInputError(
            f"channel train holds no Parquet part under {folder}; of several instances each needs "
            "one: lower training.instances"
        )
    names = [*model_columns(spec)]
    if spec.sealed_by is not None:
        names.append(spec.sealed_by)
    frames = [_read_part(part, names) for part in parts]
    rows = pd.concat(frames, ignore_index=True)
    return typed(rows, spec)


def model_columns(spec: ProjectSpec) -> tuple[str, ...]:
    """Return the features, the target, and the weight of a row if the spec names one."""
    weight = spec.training.weight
    return (*spec.features, spec.target, *([] if weight is None else [weight]))


def typed(rows: Any, spec: ProjectSpec) -> Any:
    """Return the model's columns with the spec's dtypes, what seals a row as it is."""
    columns = {name: _typed_column(rows[name], spec.columns[name]) for name in model_columns(spec)}
    if spec.sealed_by is not None:
        columns[spec.sealed_by] = rows[spec.sealed_by]
    return pd.DataFrame(columns)


def is_validation(rows: Any, spec: ProjectSpec) -> Any:
    """Tell which rows are for validation: one in five by a hash of what seals a row.

    The hash is the same in every run, and all rows of one entity fall on the same side.
    """
    return _hashes(rows, spec) % VALIDATION_FOLDS == 0


def split(rows: Any, spec: ProjectSpec) -> tuple[Any, Any]:
    """Return the rows to fit on and those to judge by; JobInputError when either are too few."""
    chosen = is_validation(rows, spec)
    if chosen.sum() < MIN_VALIDATION_ROWS or (~chosen).sum() < MIN_VALIDATION_ROWS:
        raise JobInputError(
            f"{len(rows)} training rows are too few: {int(chosen.sum())} would be for validation; "
            "bring more data"
        )
    fitting, validation = rows.loc[~chosen], rows.loc[chosen]
    if spec.task != "regression":
        _refuse_absent_classes(set(rows[spec.target]), set(fitting[spec.target]))
    return fitting, validation


def _refuse_absent_classes(all_classes: set[Any], fitting: set[Any]) -> None:
    """Refuse rows of one class, and a class that would be in the validation rows only."""
    absent = sorted(all_classes - fitting, key=str)
    if absent or len(all_classes) < 2:  # noqa: PLR2004 - one class is nothing to tell apart
        raise JobInputError(
            f"the training rows have {len(all_classes)} classes, {len(fitting)} of them outside "
            f"the validation rows (not {absent}); bring more rows of each class"
        )


def is_for_search(rows: Any, spec: ProjectSpec) -> Any:
    """Tell which of the rows to fit on measure settings in a search: one in five, as above."""
    return _hashes(rows, spec) // VALIDATION_FOLDS % VALIDATION_FOLDS == 0


def _hashes(rows: Any, spec: ProjectSpec) -> Any:
    by = [spec.sealed_by] if spec.sealed_by is not None else [*spec.features, spec.target]
    plain = rows[by].astype(str)
    return pd.util.hash_pandas_object(plain, index=False).to_numpy()


def raw_columns(features: Any) -> dict[str, Any]:
    """Return the columns as a request would carry them: Python values, None where missing."""
    return {name: _raw_column(features[name]) for name in features.columns}


def categories_of(rows: Any) -> dict[str, tuple[CategoryValue, ...]]:
    """Return the categories of each category column, as Python values."""
    return {
        name: tuple(rows[name].cat.categories.tolist())
        for name in rows.columns
        if isinstance(rows[name].dtype, pd.CategoricalDtype)
    }


def _read_part(part: Path, names: Sequence[str]) -> Any:
    try:
        return pd.read_parquet(part, columns=list(names))
    except (OSError, ValueError, KeyError) as error:
        raise JobInputError(
            f"{part.name}: expected a Parquet part with the columns {list(names)}: {error}"
        ) from error


def _typed_column(values: Any, column: Column) -> Any:
    has_missing = bool(values.isna().any())
    if column.type == "integer":
        return values.astype("Int64" if has_missing else "int64")
    if column.type == "number":
        return values.astype("float64")
    if column.type == "boolean":
        return values.astype("boolean" if has_missing else "bool")
    listed = column.values
    known = listed or sorted(values.dropna().unique().tolist(), key=str)
    return pd.Series(pd.Categorical(values, categories=list(known)), index=values.index)


def _raw_column(values: Any) -> list[Any]:
    plain = values.astype(object).tolist()
    return [None if _is_missing(value) else _python(value) for value in plain]


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _python(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
