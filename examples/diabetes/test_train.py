"""Try `train` on made-up rows: `pytest test_train.py`, in a second and without data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score
from train import train

from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_file import parse_spec

ROWS = 400


@pytest.fixture
def spec() -> ProjectSpec:
    """The spec beside this file."""
    return parse_spec(Path(__file__).with_name("project.yaml").read_text())


@pytest.fixture
def data(spec: ProjectSpec) -> pd.DataFrame:
    """Rows as a job gives them: the features and a target that follows the first of them."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame({name: random.normal(size=ROWS) for name in spec.features})
    rows[spec.target] = 3 * rows.iloc[:, 0] + random.normal(size=ROWS)
    return rows


def test_a_planted_signal_is_learned(spec: ProjectSpec, data: pd.DataFrame) -> None:
    """Most of the variance can be explained: nine parts of ten."""
    model = train(data.head(300), spec)
    answers = model.predict(data[list(spec.features)].tail(100))

    assert r2_score(data[spec.target].tail(100), answers) > 0.8


def test_a_missing_value_is_answered_too(spec: ProjectSpec, data: pd.DataFrame) -> None:
    """Requests may leave a nullable field out."""
    model = train(data, spec)
    rows = data[list(spec.features)].head(5).copy()
    rows.iloc[:, 0] = np.nan

    assert np.isfinite(model.predict(rows)).all()
