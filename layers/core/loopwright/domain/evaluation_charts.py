"""What the charts of a run's report need: small tables, no rows."""

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import Floats, wilson
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record

CALIBRATION_BINS = 10
HISTOGRAM_BINS = 20
MOST_ROC_POINTS = 50
MOST_CONFUSION_CLASSES = 20


class CalibrationBin(Record):
    """Rows of similar probability: what was promised, and what came (Wilson's interval)."""

    rows: int
    mean_probability: float
    observed_share: float
    low: float
    high: float


class RocPoint(Record):
    """Rates at one threshold: the chance of a false alarm, and of finding a positive."""

    false_positive_rate: float
    true_positive_rate: float


class ScoreHistogram(Record):
    """Rows by probability of the favourable class, in 20 equal bins from 0 to 1."""

    positives: tuple[int, ...]
    negatives: tuple[int, ...]


class PredictedBin(Record):
    """Rows of similar prediction in a regression (tenths of the rows)."""

    rows: int
    mean_predicted: float
    mean_actual: float


class Charts(Record):
    """The tables behind the charts; those that do not fit the task are empty.

    `confusion` has one row per true class and one column per answered class.
    """

    calibration: tuple[CalibrationBin, ...] = ()
    roc: tuple[RocPoint, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    scores: ScoreHistogram | None = None
    predicted: tuple[PredictedBin, ...] = ()


def draw_charts(answers: Answers, classes: int) -> Charts:
    """Return the tables of the charts that fit the answers; `classes` is 0 in a regression."""
    if answers.probabilities is None:
        return Charts(predicted=_predicted_bins(answers))
    confusion = _confusion(answers, classes) if classes <= MOST_CONFUSION_CLASSES else ()
    if answers.positive is None:
        return Charts(confusion=confusion)
    scores, positive = answers.scores, answers.is_positive
    return Charts(
        calibration=_calibration(scores, positive),
        roc=_roc(scores, positive),
        confusion=confusion,
        scores=ScoreHistogram(
            positives=_histogram(scores[positive]), negatives=_histogram(scores[~positive])
        ),
    )


def _calibration(scores: Floats, positive: NDArray[np.bool_]) -> tuple[CalibrationBin, ...]:
    bins = _equal_bins(scores, CALIBRATION_BINS)
    masks = (bins == position for position in range(CALIBRATION_BINS))
    return tuple(_calibration_bin(scores[rows], positive[rows]) for rows in masks if rows.any())


def _calibration_bin(scores: Floats, positive: NDArray[np.bool_]) -> CalibrationBin:
    rows, positives = len(scores), int(positive.sum())
    bounds = wilson(positives, rows)
    return CalibrationBin(
        rows=rows,
        mean_probability=float(scores.mean()),
        observed_share=positives / rows,
        low=bounds.low,
        high=bounds.high,
    )


def _roc(scores: Floats, positive: NDArray[np.bool_]) -> tuple[RocPoint, ...]:
    positives = int(positive.sum())
    negatives = len(scores) - positives
    if not positives or not negatives:
        return ()
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    found = np.cumsum(positive[order])[last_of_ties] / positives
    alarms = np.cumsum(~positive[order])[last_of_ties] / negatives
    points = np.column_stack([np.append(0.0, alarms), np.append(0.0, found)])
    picked = np.unique(np.linspace(0, len(points) - 1, MOST_ROC_POINTS).round().astype(np.int64))
    return tuple(
        RocPoint(false_positive_rate=x, true_positive_rate=y) for x, y in points[picked].tolist()
    )


def _confusion(answers: Answers, classes: int) -> tuple[tuple[int, ...], ...]:
    cells = answers.truth.astype(np.int64) * classes + answers.predicted.astype(np.int64)
    matrix = np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
    return tuple(tuple(row) for row in matrix.tolist())


def _histogram(scores: Floats) -> tuple[int, ...]:
    counts = np.bincount(_equal_bins(scores, HISTOGRAM_BINS), minlength=HISTOGRAM_BINS)
    return tuple(counts.tolist())


def _equal_bins(scores: Floats, bins: int) -> NDArray[np.int64]:
    return np.clip((scores * bins).astype(np.int64), 0, bins - 1)


def _predicted_bins(answers: Answers) -> tuple[PredictedBin, ...]:
    order = np.argsort(answers.predicted, kind="stable")
    tenths = (part for part in np.array_split(order, CALIBRATION_BINS) if len(part))
    return tuple(
        PredictedBin(
            rows=len(part),
            mean_predicted=float(answers.predicted[part].mean()),
            mean_actual=float(answers.truth[part].mean()),
        )
        for part in tenths
    )
