"""How well each class of a multiclass model is told from all others."""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np

from loopwright.domain.intervals import Floats
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.metrics import MetricValue, measure_all
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record

MEASURES = ("precision", "recall", "f1", "roc_auc")
MOST_CLASSES = 100


class ClassScores(Record):
    """One class against all others: its rows, and precision, recall, F1 and AUC."""

    value: CategoryValue
    rows: int
    metrics: tuple[MetricValue, ...]


def class_scores(answers: Answers, classes: Sequence[CategoryValue]) -> Iterator[ClassScores]:
    """Yield the scores of each class (at most a hundred); its AUC is that of its probability."""
    for place, value in enumerate(classes[:MOST_CLASSES]):
        own = cast("Floats", answers.probabilities)[:, place]
        one = Answers(
            truth=(answers.truth == place).astype(np.int64),
            predicted=(answers.predicted == place).astype(np.int64),
            probabilities=np.column_stack([1 - own, own]),
            positive=1,
        )
        found = {metric.name: metric for metric in measure_all("binary", one)}
        metrics = tuple(found[name] for name in MEASURES)
        yield ClassScores(value=value, rows=int(one.truth.sum()), metrics=metrics)
