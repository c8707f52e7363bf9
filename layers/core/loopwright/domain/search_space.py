"""The bounded space that a search draws the settings of a design from, and how it is spread."""

from dataclasses import dataclass

from loopwright.domain.kinds import EstimatorName


@dataclass(frozen=True)
class Range:
    """The values of one setting, both ends included; `whole` numbers, or on a logarithmic scale."""

    low: float
    high: float
    whole: bool = False


RATE = Range(0.02, 0.3)
LEAVES = Range(7, 63, whole=True)
LEAF_ROWS = Range(5, 100, whole=True)
SHRINKAGE = Range(1e-3, 10)
SPACES: dict[EstimatorName, dict[str, Range]] = {
    "boosted trees": {
        "learning_rate": RATE,
        "max_leaf_nodes": LEAVES,
        "min_samples_leaf": LEAF_ROWS,
        "l2_regularization": SHRINKAGE,
    },
    "lightgbm": {
        "learning_rate": RATE,
        "num_leaves": LEAVES,
        "min_child_samples": LEAF_ROWS,
        "reg_lambda": SHRINKAGE,
    },
    "xgboost": {
        "learning_rate": RATE,
        "max_depth": Range(2, 8, whole=True),
        "min_child_weight": Range(0.5, 50),
        "reg_lambda": SHRINKAGE,
    },
}
Parameters = dict[str, float | int]


def read_parameters(name: EstimatorName, told: dict[str, str]) -> Parameters:
    """Return the settings of a design out of texts, as a tuning job gives them; others are left.

    Raises KeyError for a missing one and ValueError for a text that is no number.
    """
    return {
        setting: round(float(told[setting])) if bounds.whole else float(told[setting])
        for setting, bounds in SPACES[name].items()
    }
