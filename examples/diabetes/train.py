"""Train the diabetes model: a lasso over scaled measurements."""

import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from loopwright.domain.spec import ProjectSpec


def train(data: pd.DataFrame, spec: ProjectSpec) -> Pipeline:
    """Return a fitted estimator; `data` holds the spec's features and its target."""
    features = data[list(spec.features)]
    model = make_pipeline(
        SimpleImputer(strategy="median"),
        StandardScaler(),
        LassoCV(cv=5, random_state=0),
    )
    return model.fit(features, data[spec.target])
