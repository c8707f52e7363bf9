"""The kinds of questions, columns and values: what a model shares with the spec it was made by.

Apart from the spec, so that a function that only serves does not load it.
"""

from typing import Literal

Task = Literal["binary", "multiclass", "regression"]
ColumnType = Literal["integer", "number", "category", "boolean", "text", "timestamp"]
EstimatorName = Literal["linear model", "boosted trees", "lightgbm", "xgboost"]
CategoryValue = int | str | bool
