"""The model that all contenders serve: `model.py FOLDER KIND`, run by the Python of a contender.

200 boosted trees of 31 leaves over 14 numbers and 6 texts. The same seed gives the same model to
every contender; `pickle` writes it as a pickle, `mlflow` as MLflow keeps it.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 60_000
TREES = 200
SEED = 7
NUMBERS = tuple(f"n{place}" for place in range(14))
TEXTS = tuple(f"t{place}" for place in range(6))
VALUES = tuple("abcdefghij")


def rows() -> tuple[Any, Any]:
    """Return a frame of features and the outcomes."""
    pandas = importlib.import_module("pandas")
    random = np.random.default_rng(SEED)
    columns: dict[str, Any] = {name: random.normal(size=ROWS) for name in NUMBERS}
    codes = {name: random.integers(0, len(VALUES), ROWS) for name in TEXTS}
    columns |= {name: np.array(VALUES, dtype=object)[code] for name, code in codes.items()}
    signal = columns["n0"] + columns["n1"] * columns["n2"] + 0.3 * codes["t0"] - 1.3
    outcome = (signal + random.logistic(size=ROWS) > 0).astype(int)
    for name in NUMBERS[:4]:
        columns[name][random.random(ROWS) < 0.08] = np.nan  # noqa: PLR2004 - 8 % are missing
    return pandas.DataFrame(columns), outcome


def fitted() -> Any:
    """Return the fitted pipeline; it takes a frame of raw values."""
    compose = importlib.import_module("sklearn.compose")
    ensemble = importlib.import_module("sklearn.ensemble")
    pipeline = importlib.import_module("sklearn.pipeline")
    preprocessing = importlib.import_module("sklearn.preprocessing")
    encoder = preprocessing.OrdinalEncoder(
        categories=[list(VALUES)] * len(TEXTS),
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
    )
    columns = compose.ColumnTransformer(
        [("texts", encoder, list(TEXTS))], remainder="passthrough", verbose_feature_names_out=False
    ).set_output(transform="pandas")
    trees = ensemble.HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=31, early_stopping=False, random_state=SEED
    )
    return pipeline.make_pipeline(columns, trees).fit(*rows())


def instances(count: int) -> list[dict[str, Any]]:
    """Return rows as a caller sends them; a missing number is null."""
    frame, _ = rows()
    picked = frame.head(count).astype(object)
    found: list[dict[str, Any]] = picked.where(picked.notna(), None).to_dict("records")
    return found


def main() -> None:
    """Write the model as one contender keeps it."""
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    estimator = fitted()
    if kind == "mlflow":
        keep = importlib.import_module("mlflow.sklearn")
        keep.save_model(
            estimator,
            str(folder / "mlflow"),
            pyfunc_predict_fn="predict_proba",
            serialization_format="cloudpickle",
        )
        return
    importlib.import_module("joblib").dump(estimator, folder / f"{kind}.pkl")


if __name__ == "__main__":
    main()
