"""The training rows with the spec's dtypes, and back as raw values."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from training.errors import JobInputError
from training.frames import categories_of, is_validation, raw_columns, read_rows, typed

COLUMNS = {
    "id": Column(type="integer"),
    "age": Column(type="integer", max_missing_share=0.5),
    "pay": Column(type="number", max_missing_share=0.5),
    "member": Column(type="boolean", max_missing_share=0.5),
    "grade": Column(type="category", values=(1, 3), max_missing_share=0.5),
    "city": Column(type="category"),
    "stays": Column(type="boolean"),
}
SPEC = ProjectSpec(
    project="people",
    question="Who stays?",
    owner="Team",
    intended_use="Tests of the training rows.",
    affected_people="Nobody",
    task="binary",
    target="stays",
    key="id",
    protected=NoProtected(none="made up for a test"),
    columns=COLUMNS,
)


def stored(rows: int = 2, **changes: Any) -> pd.DataFrame:
    """Make rows as pandas reads them from Parquet."""
    values: dict[str, Any] = {
        "id": range(rows),
        "age": [30, 40] * (rows // 2),
        "pay": [1.5, np.nan] * (rows // 2),
        "member": [True, False] * (rows // 2),
        "grade": [1, 3] * (rows // 2),
        "city": ["Ulm", "Bonn"] * (rows // 2),
        "stays": [True, False] * (rows // 2),
    }
    return pd.DataFrame({**values, **changes})


def test_whole_columns_have_plain_types() -> None:
    """Scripts get what they know."""
    types = {name: str(kind) for name, kind in typed(stored(), SPEC).dtypes.items()}

    assert types == {
        "age": "int64",
        "pay": "float64",
        "member": "bool",
        "grade": "category",
        "city": "category",
        "stays": "bool",
        "id": "int64",
    }


def test_columns_with_gaps_have_types_that_can_hold_them() -> None:
    """A number with gaps stays a number, not text."""
    frame = typed(stored(age=[30, np.nan], member=[True, None], grade=[np.nan, 3]), SPEC)

    assert (str(frame["age"].dtype), str(frame["member"].dtype)) == ("Int64", "boolean")
    assert frame["grade"].cat.codes.tolist() == [-1, 1]


def test_categories_come_from_the_spec_or_from_the_data() -> None:
    """A column without `values` has the sorted ones that were seen."""
    assert categories_of(typed(stored(), SPEC)) == {"grade": (1, 3), "city": ("Bonn", "Ulm")}


def test_raw_values_are_those_of_a_request() -> None:
    """Python values, None where missing."""
    frame = typed(stored(age=[30, np.nan], member=[None, True], grade=[1, np.nan]), SPEC)
    raw = raw_columns(frame)

    assert raw == {
        "age": [30, None],
        "pay": [1.5, None],
        "member": [None, True],
        "grade": [1, None],
        "city": ["Ulm", "Bonn"],
        "stays": [True, False],
        "id": [0, 1],
    }
    assert {type(value) for value in raw["age"]} == {int, type(None)}


def test_all_rows_of_an_entity_fall_on_the_same_side() -> None:
    """About a fifth of the entities are for validation, always the same ones."""
    frame = typed(stored(4_000, id=[row // 4 for row in range(4_000)]), SPEC)
    chosen = is_validation(frame, SPEC)
    again = is_validation(frame.iloc[::-1], SPEC)[::-1]

    assert (chosen.reshape(-1, 4).min(axis=1) == chosen.reshape(-1, 4).max(axis=1)).all()
    assert 0.15 < chosen.mean() < 0.25
    np.testing.assert_array_equal(chosen, again)


def test_an_entity_of_several_keys_falls_on_one_side() -> None:
    """The rows of a person are not fitted on and validated with at the same time."""
    spec = SPEC.model_copy(update={"entity": "age"})
    frame = typed(stored(400, id=range(400), age=[row // 4 for row in range(400)]), spec)
    chosen = is_validation(frame, spec).reshape(-1, 4)

    assert (chosen.min(axis=1) == chosen.max(axis=1)).all()
    assert chosen.any()


def test_without_a_key_equal_rows_fall_on_the_same_side() -> None:
    """A copy of a fitted row would not be out of sample."""
    spec = SPEC.model_copy(update={"key": None})
    frame = pd.concat([typed(stored(40, pay=range(40)), spec)] * 2)
    chosen = is_validation(frame, spec)

    np.testing.assert_array_equal(chosen[:40], chosen[40:])


def test_an_empty_channel_is_named(tmp_path: Any) -> None:
    """The machine should have given parts."""
    with pytest.raises(JobInputError, match="channel train holds no Parquet part"):
        read_rows(tmp_path, SPEC)
