"""Scores of the strongest answers without a feature, by metrics for which a constant is weak.

By F1 a constant most frequent class is beaten by luck: who answers the positive class always, or
each class as often as it occurs, scores more. Both are the best that no knowledge of the features
can do, so that a learner has a gain only where it knows more (Lipton et al. 2014: F1 of answers
that tell nothing is greatest for the positive class alone; of several classes, the mean of
2 p q / (p + q) is greatest for q = p by its slope, which is then 1/2 for each class).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int64]


def chance_f1(_learned: Classes, tested: Classes) -> float:
    """Return F1 of answering the positive class (1) always: 2 p / (1 + p), in [0, 1]."""
    share = float(np.mean(tested == 1))
    return 2 * share / (1 + share)


def chance_macro_f1(learned: Classes, tested: Classes) -> float:
    """Return about the mean F1 of answering each class as often as it was learned, in [0, 1].

    With the shares p to test on and q learned, F1 of a class is 2 p q / (p + q), the ratio of the
    expected counts; the mean is over the classes that occur on either side.
    """
    classes = np.union1d(learned, tested)
    p = np.array([np.mean(tested == one) for one in classes])
    q = np.array([np.mean(learned == one) for one in classes])
    return float(np.mean(2 * p * q / (p + q)))


CHANCE: dict[str, Callable[[Classes, Classes], float]] = {
    "f1": chance_f1,
    "macro_f1": chance_macro_f1,
}
