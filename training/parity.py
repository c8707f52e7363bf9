"""The parity gate: the exported model must answer as the estimator does, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loopwright.domain.model import Signature
from loopwright.domain.package import ParityReport, ParityScenario
from loopwright.engines.scorer import OnnxScorer, OnnxScores, positive_index
from training.answers import answer, features_of
from training.errors import ParityError
from training.export.trees import split_columns
from training.export.walk import Exported
from training.frames import raw_columns

MAX_ROWS = 2_000
MAX_VARIANT_ROWS = 300
MAX_THRESHOLDS_PER_COLUMN = 200
_UNKNOWN_TEXT, _UNKNOWN_NUMBER = "\x00 no such category", -(2**40)


@dataclass(frozen=True)
class Scenario:
    """Rows as the estimator takes them, and as a request would carry them."""

    name: str
    features: Any
    raw: dict[str, list[Any]]


def check_parity(
    estimator: Any, exported: Exported, signature: Signature, rows: Any
) -> ParityReport:
    """Compare over real rows and their hard variants; ParityError on the first miss.

    Classes are compared as the estimator chooses them, at one half; the threshold of the spec's
    costs is applied to the same probabilities afterwards.
    """
    signature = signature.model_copy(update={"threshold": 0.5})
    scorer = OnnxScorer(exported.onnx, signature)
    features = rows[[field.name for field in signature.fields]].head(MAX_ROWS)
    compared = [
        _compare(estimator, scorer, signature, scenario, exported.tolerance)
        for scenario in _scenarios(estimator, signature, features.reset_index(drop=True))
    ]
    return ParityReport(
        tolerance=exported.tolerance,
        through_skl2onnx=exported.through_skl2onnx,
        scenarios=tuple(compared),
    )


def _scenarios(estimator: Any, signature: Signature, features: Any) -> Iterator[Scenario]:
    yield Scenario("validation rows", features, raw_columns(features))
    yield from _around_thresholds(estimator, signature, features)
    features = features.head(MAX_VARIANT_ROWS)
    for field in signature.fields:
        if field.nullable:
            without = _without(features, field.name)
            yield Scenario(f"{field.name!r} missing", without, raw_columns(without))
    for field in signature.fields:
        if field.categories:
            without = _without(features, field.name)
            raw = raw_columns(without)
            raw[field.name] = [_unknown(field.categories)] * len(without)
            yield Scenario(f"{field.name!r} of an unknown category", without, raw)


def _around_thresholds(estimator: Any, signature: Signature, features: Any) -> Iterator[Scenario]:
    """Yield rows that lie on a split of a tree, and one floating-point step to each side of it."""
    numbers = {field.name for field in signature.fields if field.type in {"number", "integer"}}
    for name, splits in split_columns(estimator).items():
        if name not in numbers:
            continue
        chosen = np.unique(splits)[:MAX_THRESHOLDS_PER_COLUMN]
        values = np.concatenate(
            [chosen, np.nextafter(chosen, -np.inf), np.nextafter(chosen, np.inf)]
        )
        rows = features.iloc[np.arange(len(values)) % len(features)].reset_index(drop=True)
        rows[name] = values
        yield Scenario(f"{name!r} around the splits", rows, raw_columns(rows))


def _without(features: Any, name: str) -> Any:
    missing = features.copy()
    column = missing[name]
    kind = {"int64": "Int64", "bool": "boolean"}.get(column.dtype.name, column.dtype)
    missing[name] = pd.Series([None] * len(column), dtype=kind)
    return missing


def _unknown(categories: tuple[Any, ...]) -> Any:
    return _UNKNOWN_TEXT if isinstance(categories[0], str) else _UNKNOWN_NUMBER


def _compare(
    estimator: Any, scorer: OnnxScorer, signature: Signature, scenario: Scenario, tolerance: float
) -> ParityScenario:
    rows = len(scenario.features)
    features = scenario.features[
        list(features_of(estimator, tuple(field.name for field in signature.fields)))
    ]
    try:
        expected = answer(estimator, features)
        labels = np.asarray(estimator.predict(features)).tolist()
    except ValueError as error:
        if "unknown" not in scenario.name:
            raise ParityError(
                f"the estimator refuses rows with {scenario.name}, which the spec allows: {error}; "
                "impute or encode the column in the pipeline"
            ) from error
        return ParityScenario(
            name=scenario.name, rows=0, max_difference=0.0, note="refused by the estimator"
        )
    found = scorer.score(scenario.raw)
    worst = _refuse_differences(scenario.name, expected, found, tolerance)
    _refuse_other_labels(scenario.name, signature, expected, labels, found)
    return ParityScenario(name=scenario.name, rows=rows, max_difference=worst)


def _refuse_differences(
    name: str, expected: NDArray[np.float64], found: OnnxScores, tolerance: float
) -> float:
    answers = found.probabilities
    if answers is None:
        answers = np.array(found.values, dtype=np.float64).reshape(-1, 1)
    scale = np.maximum(1.0, np.abs(expected))
    difference = np.nan_to_num(np.abs(answers - expected) / scale, nan=np.inf).max(axis=1)
    worst = int(difference.argmax())
    if difference[worst] > tolerance:
        raise ParityError(
            f"the exported model disagrees with the estimator on {name}: row {worst} of "
            f"{len(difference)} differs by {difference[worst]:.3g} (limit {tolerance:g}), "
            f"{int((difference > tolerance).sum())} rows differ; use estimators from the list of "
            "supported ones, or scale the columns"
        )
    return float(difference[worst])


def _refuse_other_labels(
    name: str,
    signature: Signature,
    expected: NDArray[np.float64],
    labels: list[Any],
    found: OnnxScores,
) -> None:
    """Refuse other labels, except where the estimator itself is at a tie."""
    if signature.task == "regression":
        return
    if signature.task == "binary":
        margin = np.abs(expected[:, positive_index(signature)] - signature.threshold)
    else:
        ordered = np.sort(expected, axis=1)
        margin = ordered[:, -1] - ordered[:, -2]
    for row, (label, value) in enumerate(zip(labels, found.values, strict=True)):
        if label != value and margin[row] > 1e-5:  # noqa: PLR2004 - the single-precision tolerance
            raise ParityError(
                f"the exported model chooses another class than the estimator on {name}, row {row}"
                ", though their probabilities agree; return an estimator without its own threshold"
            )
