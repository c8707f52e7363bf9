"""What skl2onnx converts without a word into a model that answers wrongly must not pass the gate.

Each fault is planted by taking our own exporter away, so that skl2onnx has to convert; with ours in
place the same estimator passes, or is refused by name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV

from loopwright.domain.model import Field, Signature
from training.answers import classes_of
from training.errors import ParityError, UnsupportedEstimatorError
from training.export import walk
from training.export.walk import export_model
from training.parity import check_parity

GRADES = (0, 1, 2, 3, 4, 5)


def rows(*, missing: bool = False) -> Any:
    """Make 600 rows of a number, which may be missing, and a category of numbers."""
    random = np.random.default_rng(8)
    size = random.normal(size=600)
    if missing:
        size[random.random(600) < 0.3] = np.nan
    grade = pd.Categorical(random.integers(0, 6, 600), categories=list(GRADES))
    return pd.DataFrame({"size": size, "grade": grade})


def outcome(frame: Any) -> Any:
    """Make a binary target that depends on both columns, and on what is missing."""
    odd = frame["grade"].astype(int).to_numpy() % 2
    random = np.random.default_rng(9)
    signal = frame["size"].fillna(1.5).to_numpy() + 2 * odd - 1
    return (signal + random.normal(scale=0.7, size=len(frame)) > 0).astype(int)


def gate(estimator: Any, frame: Any, *, task: Any = "binary") -> None:
    """Export an estimator and compare the two."""
    fields = {
        "size": Field(name="size", type="number", nullable=bool(frame["size"].isna().any())),
        "grade": Field(name="grade", type="category", categories=GRADES),
    }
    signature = Signature(
        project="p",
        spec="s",
        task=task,
        target="y",
        fields=tuple(fields[name] for name in frame.columns),
        context=(),
        classes=() if task == "regression" else classes_of(estimator),
    )
    exported = export_model(estimator, signature, features=tuple(frame.columns))
    check_parity(estimator, exported, signature, frame)


def native_categories() -> tuple[Any, Any, Any]:
    """Boosted trees that split categories themselves."""
    frame = rows()
    trees = ensemble.HistGradientBoostingClassifier(max_iter=30, categorical_features=[1])
    return trees.fit(frame, outcome(frame)), frame, "binary"


def counts() -> tuple[Any, Any, Any]:
    """Boosted trees of a count: their answer is the exponential of the sum."""
    frame = rows()[["size"]]
    trees = ensemble.HistGradientBoostingRegressor(max_iter=30, loss="poisson")
    return trees.fit(frame, outcome(rows()) * 3.0), frame, "regression"


def missing_in_a_forest(kind: Any) -> Callable[[], tuple[Any, Any, Any]]:
    """A forest that was fitted with missing values."""

    def make() -> tuple[Any, Any, Any]:
        frame = rows(missing=True)
        forest = kind(20, max_depth=6, random_state=0)
        return forest.fit(frame[["size"]], outcome(frame)), frame[["size"]], "binary"

    return make


PLANTED: dict[str, tuple[Any, Callable[[], tuple[Any, Any, Any]]]] = {
    "native categories": (ensemble.HistGradientBoostingClassifier, native_categories),
    "counts": (ensemble.HistGradientBoostingRegressor, counts),
    "missing values in a random forest": (
        ensemble.RandomForestClassifier,
        missing_in_a_forest(ensemble.RandomForestClassifier),
    ),
    "missing values in extra trees": (
        ensemble.ExtraTreesClassifier,
        missing_in_a_forest(ensemble.ExtraTreesClassifier),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_silent_fault_of_skl2onnx_does_not_pass(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It converts them all without an error."""
    kind, make = PLANTED[name]
    estimator, frame, task = make()
    monkeypatch.delitem(walk.PREDICTORS, kind)

    with pytest.raises(ParityError, match="disagrees with the estimator on validation rows"):
        gate(estimator, frame, task=task)


@pytest.mark.parametrize("name", PLANTED)
def test_our_own_export_of_the_same_estimator_passes(name: str) -> None:
    """So it is the conversion that was at fault."""
    estimator, frame, task = PLANTED[name][1]()

    gate(estimator, frame, task=task)


def test_isotonic_calibration_and_a_tuned_threshold_are_refused() -> None:
    """skl2onnx would answer other probabilities, and drop the threshold."""
    frame = rows()[["size"]]
    labels = outcome(rows())
    isotonic = CalibratedClassifierCV(
        ensemble.HistGradientBoostingClassifier(max_iter=20), method="isotonic", cv=3
    )
    tuned = TunedThresholdClassifierCV(LogisticRegression(), scoring="recall", cv=3)

    with pytest.raises(UnsupportedEstimatorError, match="isotonic"):
        gate(isotonic.fit(frame, labels), frame)
    with pytest.raises((ParityError, UnsupportedEstimatorError)):
        gate(tuned.fit(frame, labels), frame)
