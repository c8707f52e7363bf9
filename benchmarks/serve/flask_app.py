"""Flask and a pickle: what a scikit-learn container does with `/invocations`, no more."""

import importlib
import os
from typing import Any

flask: Any = importlib.import_module("flask")
pandas: Any = importlib.import_module("pandas")
MODEL: Any = importlib.import_module("joblib").load(os.environ["SERVE_MODEL"])

app = flask.Flask(__name__)


@app.post("/invocations")  # type: ignore[untyped-decorator] # Flask is not in this environment
def invocations() -> Any:
    """Answer the probabilities of each instance."""
    frame = pandas.DataFrame(flask.request.get_json()["instances"])
    return {"predictions": MODEL.predict_proba(frame).tolist()}
