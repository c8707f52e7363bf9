"""The parity gate names the first kind of rows on which the exported model disagrees."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from loopwright.domain.model import Field, Signature
from training.errors import ParityError
from training.export.walk import Exported, export_model
from training.parity import check_parity

COLOURS = ("red", "green", "blue")


def rows() -> Any:
    """Make 300 rows of a number and a category."""
    ages = np.arange(300.0) * 37 % 61
    colours = pd.Categorical([COLOURS[at % 2] for at in range(300)], categories=list(COLOURS))
    return pd.DataFrame({"age": ages, "colour": colours})


def target() -> Any:
    """Make a binary target."""
    return ((rows()["age"] > 30) ^ (rows()["colour"] == "red")).to_numpy().astype(int)


def signature(names: tuple[str, ...] = ("age", "colour"), **changes: Any) -> Signature:
    """Make the signature of a model over some of the columns."""
    fields = {
        "age": Field(name="age", type="number", nullable=changes.pop("nullable", False)),
        "colour": Field(name="colour", type="category", categories=COLOURS),
    }
    values: dict[str, Any] = {
        "project": "people",
        "spec": "s",
        "task": "binary",
        "target": "y",
        "fields": tuple(fields[name] for name in names),
        "context": (),
        "classes": (0, 1),
    }
    return Signature(**{**values, **changes})


def exported(estimator: Any, chosen: Signature) -> Exported:
    """Export an estimator over the signature's fields."""
    return export_model(estimator, chosen, features=tuple(f.name for f in chosen.fields))


def test_a_faithful_export_passes_on_every_kind_of_rows() -> None:
    """Real rows, rows around the splits, missing values, unknown categories."""
    chosen = signature(nullable=True)
    estimator = HistGradientBoostingClassifier(max_iter=10).fit(rows(), target())
    report = check_parity(estimator, exported(estimator, chosen), chosen, rows())

    assert report.max_difference <= 1e-12
    assert [scenario.name for scenario in report.scenarios] == [
        "validation rows",
        "'age' around the splits",
        "'age' missing",
        "'colour' of an unknown category",
    ]


def test_rows_around_the_splits_hit_them_exactly() -> None:
    """Each split of each tree is tried, and its two neighbours."""
    chosen = signature(("age",))
    estimator = DecisionTreeClassifier(max_depth=3).fit(rows()[["age"]], target())
    report = check_parity(estimator, exported(estimator, chosen), chosen, rows())
    splits = set(estimator.tree_.threshold[estimator.tree_.feature >= 0])

    assert report.scenarios[1].rows == 3 * len(splits)


def test_a_model_that_disagrees_is_named_with_its_worst_row() -> None:
    """How far, on which row, how many, and what to do."""
    chosen = signature(("age",))
    one = DecisionTreeClassifier(max_depth=3).fit(rows()[["age"]], target())
    other = DecisionTreeClassifier(max_depth=1).fit(rows()[["age"]], target())

    with pytest.raises(ParityError, match=r"on validation rows: row \d+ of 300 differs by"):
        check_parity(one, exported(other, chosen), chosen, rows())


def test_a_difference_only_at_a_split_is_found() -> None:
    """A split one step too high disagrees on no row but the one that lies on it."""
    chosen = signature(("age",))
    estimator = DecisionTreeClassifier(max_depth=1).fit(rows()[["age"]], target())
    faithful = exported(estimator, chosen)
    split = estimator.tree_.threshold[0]
    changed = faithful.onnx.replace(split.tobytes(), np.nextafter(split, -np.inf).tobytes())

    with pytest.raises(ParityError, match="'age' around the splits"):
        check_parity(estimator, replace(faithful, onnx=changed), chosen, rows())


class NotANumber(LogisticRegression):  # type: ignore[misc]  # scikit-learn is untyped
    """Answers nothing for one row of the rest."""

    def predict_proba(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Break one row."""
        found = super().predict_proba(X)
        found[len(found) // 2] = np.nan
        return found


def test_a_prediction_that_is_no_number_is_found() -> None:
    """It agrees with nothing, not even with itself."""
    chosen = signature(("age",))
    estimator = NotANumber().fit(rows()[["age"]], target())
    plain = LogisticRegression().fit(rows()[["age"]], target())

    with pytest.raises(ParityError, match="row 150 of 300 differs by inf"):
        check_parity(estimator, exported(plain, chosen), chosen, rows())


def test_an_estimator_that_refuses_missing_values_fails_where_the_spec_allows_them() -> None:
    """The exported model would answer nonsense."""
    chosen = signature(("age",), nullable=True)
    estimator = LogisticRegression().fit(rows()[["age"]], target())

    with pytest.raises(ParityError, match="refuses rows with 'age' missing"):
        check_parity(estimator, exported(estimator, chosen), chosen, rows())


def test_an_estimator_that_refuses_unknown_categories_is_noted() -> None:
    """There is nothing to compare with."""
    chosen = signature(("colour",))
    columns = ColumnTransformer([("c", OneHotEncoder(), ["colour"])])
    estimator = make_pipeline(columns, LogisticRegression())
    estimator.fit(rows()[["colour"]], target())
    report = check_parity(estimator, exported(estimator, chosen), chosen, rows())

    assert report.scenarios[-1].note == "refused by the estimator"


class OwnThreshold(LogisticRegression):  # type: ignore[misc]  # scikit-learn is untyped
    """Answers 1 from a probability of 0.9."""

    def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Choose by another threshold."""
        return (self.predict_proba(X)[:, 1] > 0.9).astype(int)


def test_a_threshold_of_the_estimators_own_is_found() -> None:
    """Probabilities agree, the chosen classes do not."""
    chosen = signature(("age",))
    estimator = OwnThreshold().fit(rows()[["age"]], rows()["age"] > 30)
    plain = LogisticRegression().fit(rows()[["age"]], rows()["age"] > 30)

    with pytest.raises(ParityError, match="chooses another class"):
        check_parity(estimator, exported(plain, chosen), chosen, rows())


def test_a_regression_is_compared_relative_to_its_size() -> None:
    """Large numbers have large steps."""
    chosen = signature(("age",), task="regression", classes=())
    estimator = LinearRegression().fit(rows()[["age"]], rows()["age"] * 1e12)
    report = check_parity(estimator, exported(estimator, chosen), chosen, rows())

    assert report.max_difference <= 1e-12
