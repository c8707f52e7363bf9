"""The built-in trainer on public tables, from the spec alone to an exported model.

Wine and diabetes come with scikit-learn; the penguins, with missing values, lie in tests/data.
"""

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from loopwright.domain.signature import signature_of
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_models import Training
from training.answers import answer, classes_of, features_of, measure
from training.estimators import fit
from training.export.walk import export_model
from training.frames import categories_of, is_validation, typed
from training.parity import check_parity
from training.stopping import Stopping
from training.trainer import Work, choose

PENGUINS = Path(__file__).parents[2] / "data" / "penguins"
NUMBER = Column(type="number", max_missing_share=0.1)


def leave() -> NoReturn:
    """Nobody tells these fits to stop."""
    raise AssertionError


def question(columns: dict[str, Column], target: str, task: Any) -> ProjectSpec:
    """Make the spec of a public table."""
    return ProjectSpec(
        project="public",
        question="What is it?",
        owner="Team",
        intended_use="Tests of the built-in trainer.",
        affected_people="Nobody",
        task=task,
        target=target,
        protected=NoProtected(none="a public table of things"),
        columns=columns,
        training=Training(estimators=("linear model", "boosted trees", "lightgbm", "xgboost")),
    )


def wine() -> tuple[ProjectSpec, Any]:
    """Three cultivars by thirteen measurements."""
    frame = datasets.load_wine(as_frame=True).frame
    frame["target"] = [f"cultivar {one}" for one in frame["target"]]
    columns = {name: NUMBER for name in frame.columns if name != "target"}
    columns["target"] = Column(type="category", values=tuple(sorted(set(frame["target"]))))
    return question(columns, "target", "multiclass"), frame


def diabetes() -> tuple[ProjectSpec, Any]:
    """A number a year later, by ten measurements."""
    frame = datasets.load_diabetes(as_frame=True, scaled=False).frame
    columns = dict.fromkeys(frame.columns, NUMBER) | {"target": Column(type="number")}
    return question(columns, "target", "regression"), frame


def penguins() -> tuple[ProjectSpec, Any]:
    """Three species by measurements, island and sex, some of them missing."""
    (table,) = PENGUINS.glob("*.csv*")
    raw = pd.read_csv(table, na_values=["NA", "."])
    species = raw.columns[raw.nunique() == 3][0]
    frame = raw.rename(columns={species: "kind"}).dropna(subset=["kind"])
    columns: dict[str, Column] = {}
    for name in frame.columns:
        if name == "kind":
            kinds = tuple(sorted(frame["kind"].unique()))
            columns[name] = Column(type="category", values=kinds)
        elif pd.api.types.is_numeric_dtype(frame[name]):
            columns[name] = NUMBER
        elif frame[name].nunique() < 10:
            columns[name] = Column(type="category", max_missing_share=0.2)
    return question(columns, "kind", "multiclass"), frame[list(columns)]


TABLES = {"wine": (wine, 0.9), "diabetes": (diabetes, 0.3), "penguins": (penguins, 0.9)}


@pytest.mark.parametrize("name", TABLES)
def test_a_public_table_gives_a_model_that_is_exported_faithfully(name: str) -> None:
    """Every design is fitted, one is taken, and its export answers as it does."""
    make, least = TABLES[name]
    chosen, raw = make()
    rows = typed(raw.reset_index(drop=True), chosen)
    mask = is_validation(rows, chosen)
    fitting, validation = rows[~mask], rows[mask]
    taken = choose(fitting, validation, Work(chosen, Path("no"), print, Stopping(leave))).taken
    estimator = fit(taken.name, rows, chosen)
    signature = signature_of(
        chosen, "spec", categories=categories_of(rows), classes=classes_of(estimator)
    )
    features = features_of(estimator, tuple(chosen.features))
    exported = export_model(estimator, signature, features=features)
    parity = check_parity(estimator, exported, signature, validation)
    first = fit(taken.name, fitting, chosen)
    answers = answer(first, validation[list(chosen.features)])
    truth = validation[chosen.target].tolist()
    found = measure(chosen, classes_of(first), np.array(truth, dtype=object), answers)

    assert len(taken.tried) == 4
    assert found["r2" if chosen.task == "regression" else "accuracy"] > least
    assert parity.max_difference <= exported.tolerance
