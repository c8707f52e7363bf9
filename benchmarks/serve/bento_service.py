"""BentoML's service of the same pickle."""

import importlib
import os
from typing import Any

bentoml: Any = importlib.import_module("bentoml")
pandas: Any = importlib.import_module("pandas")


@bentoml.service(workers=1)
class Predictor:
    """One model."""

    def __init__(self) -> None:
        """Load it."""
        self.model: Any = importlib.import_module("joblib").load(os.environ["SERVE_MODEL"])

    @bentoml.api  # type: ignore[untyped-decorator] # BentoML is not in this environment
    def predict(self, instances: list[dict[str, Any]]) -> list[list[float]]:
        """Answer the probabilities of each instance."""
        found: list[list[float]] = self.model.predict_proba(pandas.DataFrame(instances)).tolist()
        return found
