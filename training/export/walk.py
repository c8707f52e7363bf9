"""Walk through a fitted scikit-learn estimator and export each step by its type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, preprocessing, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from loopwright.domain.model import Signature
from training.errors import UnsupportedEstimatorError
from training.export import numbers, trees
from training.export.calibrated import export_calibrated, inner_of
from training.export.encoders import encode_columns
from training.export.fallback import export_other, export_other_transformer
from training.export.graph import Graph
from training.export.lightgbm import export_lightgbm
from training.export.stacked import stacked_table
from training.export.table import Piece, Table, select
from training.export.xgboost import export_xgboost
from training.labelled import Labelled

DOUBLE_TOLERANCE = 1e-9
SINGLE_TOLERANCE = 1e-5

Transform = Callable[[Graph, Any, Table], Table]
Predict = Callable[[Graph, Any, Table], str]

TRANSFORMERS: dict[type, Transform] = {
    SimpleImputer: numbers.export_imputer,
    preprocessing.StandardScaler: numbers.export_scaler,
    preprocessing.RobustScaler: numbers.export_scaler,
    preprocessing.MaxAbsScaler: numbers.export_scaler,
    preprocessing.MinMaxScaler: numbers.export_min_max_scaler,
    preprocessing.OneHotEncoder: encode_columns,
    preprocessing.OrdinalEncoder: encode_columns,
    preprocessing.TargetEncoder: encode_columns,
}
PREDICTORS: dict[type, Predict] = {
    ensemble.HistGradientBoostingClassifier: trees.export_hist_gradient_boosting,
    ensemble.HistGradientBoostingRegressor: trees.export_hist_gradient_boosting,
    ensemble.GradientBoostingClassifier: trees.export_gradient_boosting,
    ensemble.GradientBoostingRegressor: trees.export_gradient_boosting,
    ensemble.RandomForestClassifier: trees.export_forest,
    ensemble.RandomForestRegressor: trees.export_forest,
    ensemble.ExtraTreesClassifier: trees.export_forest,
    ensemble.ExtraTreesRegressor: trees.export_forest,
    tree.DecisionTreeClassifier: trees.export_tree,
    tree.DecisionTreeRegressor: trees.export_tree,
    tree.ExtraTreeClassifier: trees.export_tree,
    tree.ExtraTreeRegressor: trees.export_tree,
    linear_model.LogisticRegression: numbers.export_logistic_regression,
    linear_model.LogisticRegressionCV: numbers.export_logistic_regression,
    linear_model.LinearRegression: numbers.export_linear_regressor,
    linear_model.Ridge: numbers.export_linear_regressor,
    linear_model.RidgeCV: numbers.export_linear_regressor,
    linear_model.Lasso: numbers.export_linear_regressor,
    linear_model.LassoCV: numbers.export_linear_regressor,
    linear_model.ElasticNet: numbers.export_linear_regressor,
    linear_model.ElasticNetCV: numbers.export_linear_regressor,
    linear_model.BayesianRidge: numbers.export_linear_regressor,
    linear_model.HuberRegressor: numbers.export_linear_regressor,
    linear_model.QuantileRegressor: numbers.export_linear_regressor,
    linear_model.PoissonRegressor: numbers.export_log_linear_regressor,
    linear_model.GammaRegressor: numbers.export_log_linear_regressor,
    linear_model.TweedieRegressor: numbers.export_log_linear_regressor,
}
SCORES: dict[type, Predict] = {
    ensemble.HistGradientBoostingClassifier: trees.score_of_hist_gradient_boosting,
    linear_model.LogisticRegression: numbers.score_of_logistic_regression,
    linear_model.LogisticRegressionCV: numbers.score_of_logistic_regression,
}
# By name, for they may not be installed; XGBoost sums in single precision (see there).
OTHER_PREDICTORS: dict[str, Predict] = {
    "lightgbm.sklearn.LGBMClassifier": export_lightgbm,
    "lightgbm.sklearn.LGBMRegressor": export_lightgbm,
    "xgboost.sklearn.XGBClassifier": export_xgboost,
    "xgboost.sklearn.XGBRegressor": export_xgboost,
}
STACKED = (ensemble.StackingClassifier, ensemble.StackingRegressor)
SUPPORTED = ", ".join(
    sorted(
        [
            *(kind.__name__ for kind in (*TRANSFORMERS, *PREDICTORS, Pipeline, ColumnTransformer)),
            *(name.rpartition(".")[2] for name in OTHER_PREDICTORS),
            CalibratedClassifierCV.__name__,
            *(kind.__name__ for kind in STACKED),
        ]
    )
)


@dataclass(frozen=True)
class Exported:
    """An ONNX file, how far its answers may be from the estimator's, and who converted what."""

    onnx: bytes
    tolerance: float
    through_skl2onnx: tuple[str, ...]


def export_model(estimator: Any, signature: Signature, *, features: tuple[str, ...]) -> Exported:
    """Export a fitted estimator that takes the named features, in their order."""
    graph = Graph()
    walk = _Walk(graph)
    output = "prediction" if signature.task == "regression" else "probabilities"
    if output in {field.name for field in signature.fields}:
        raise UnsupportedEstimatorError(
            f"a feature is named {output!r}, the name of the model's answer; rename the column"
        )
    tensor = walk.predict(estimator, _inputs(signature, features))
    width = max(1, len(signature.classes))
    inputs = {
        field.name: np.int64 if field.type == "category" else np.float64
        for field in signature.fields
    }
    return Exported(
        graph.model(inputs, (tensor, output, width)),
        SINGLE_TOLERANCE if walk.others or walk.sums_in_single else DOUBLE_TOLERANCE,
        tuple(walk.others),
    )


def _inputs(signature: Signature, features: tuple[str, ...]) -> Table:
    fields = {field.name: field for field in signature.fields}
    return tuple(Piece(name, 1, fields[name].categories) for name in features)


class _Walk:
    """Exports pipelines and column transformers step by step, the rest by its type."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.others: list[str] = []
        self.sums_in_single = False

    def predict(self, estimator: Any, table: Table) -> str:
        """Return the tensor of probabilities, or of the predicted number."""
        if isinstance(estimator, Pipeline):
            for _, step in estimator.steps[:-1]:
                table = self.transform(step, table)
            return self.predict(estimator.steps[-1][1], table)
        if isinstance(estimator, CalibratedClassifierCV):
            score = self.score(inner_of(estimator), table)
            return export_calibrated(self._graph, estimator, score)
        if isinstance(estimator, Labelled):
            return self.predict(estimator.classifier, table)
        if isinstance(estimator, STACKED):
            answers = stacked_table(self._graph, estimator, table, self.predict)
            return self.predict(estimator.final_estimator_, answers)
        export = PREDICTORS.get(type(estimator)) or OTHER_PREDICTORS.get(trees.kind_of(estimator))
        self.sums_in_single |= export is export_xgboost
        if export is not None:
            return export(self._graph, estimator, table)
        self.others.append(type(estimator).__name__)
        return export_other(self._graph, estimator, table, SUPPORTED)

    def score(self, estimator: Any, table: Table) -> str:
        """Return the score that a classifier of two classes makes its probability of."""
        if isinstance(estimator, Pipeline):
            for _, step in estimator.steps[:-1]:
                table = self.transform(step, table)
            return self.score(estimator.steps[-1][1], table)
        export = SCORES.get(type(estimator))
        if export is None:
            known = ", ".join(sorted(kind.__name__ for kind in SCORES))
            raise UnsupportedEstimatorError(
                f"CalibratedClassifierCV around {type(estimator).__name__}; it may hold {known}"
            )
        return export(self._graph, estimator, table)

    def transform(self, step: Any, table: Table) -> Table:
        """Return the columns that a step makes of a table."""
        if step is None or (isinstance(step, str) and step == "passthrough") or _is_identity(step):
            return table
        if isinstance(step, Pipeline):
            for _, inner in step.steps:
                table = self.transform(inner, table)
            return table
        if isinstance(step, ColumnTransformer):
            return self._side_by_side(step, table)
        export = TRANSFORMERS.get(type(step))
        if export is not None:
            return export(self._graph, step, table)
        self.others.append(type(step).__name__)
        return export_other_transformer(self._graph, step, table, SUPPORTED)

    def _side_by_side(self, step: ColumnTransformer, table: Table) -> Table:
        joined: list[Piece] = []
        positions = step._transformer_to_input_indices  # noqa: SLF001 - the public form has names
        for name, transformer, _ in step.transformers_:
            at = list(positions[name])
            if at and not (isinstance(transformer, str) and transformer == "drop"):
                joined.extend(self.transform(transformer, select(self._graph, table, at)))
        return tuple(joined)


def _is_identity(step: Any) -> bool:
    return isinstance(step, preprocessing.FunctionTransformer) and step.func is None
