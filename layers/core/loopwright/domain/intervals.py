"""Confidence intervals in closed form: rates, their ratios and differences, means, AUC, folds.

Every interval is two-sided; `level` is its nominal coverage. Counts are whole rows.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
_STANDARD_NORMAL = NormalDist()
_EXACT_T_DEGREES = 30
_BISECTIONS = 200


@dataclass(frozen=True)
class Interval:
    """An interval and the name of the method that made it."""

    low: float
    high: float
    method: str

    def clipped(self, low: float = -math.inf, high: float = math.inf) -> "Interval":
        """Return the part of the interval that the quantity can take."""
        return Interval(max(self.low, low), min(self.high, high), self.method)


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile."""
    return _STANDARD_NORMAL.inv_cdf(probability)


def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t with whole degrees of freedom (at least 1).

    Up to 30 by bisection of the exact cdf, beyond by the expansion of Abramowitz and Stegun
    26.7.5 (error below 1e-6 there).
    """
    if probability < 0.5:  # noqa: PLR2004 - the median
        return -t_quantile(1 - probability, degrees)
    if degrees > _EXACT_T_DEGREES:
        return _t_expansion(normal_quantile(probability), degrees)
    low, high = 0.0, 1.0
    while _t_cdf(high, degrees) < probability:
        high *= 2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_cdf(middle, degrees) < probability else (low, middle)
    return (low + high) / 2


def wilson(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a rate, within [0, 1]; all of it without trials.

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). Wilson 1927, JASA 22.
    """
    if trials == 0:
        return Interval(0.0, 1.0, "wilson")
    z, rate = _two_sided(level), successes / trials
    centre = rate + z * z / (2 * trials)
    half = z * math.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == trials else (centre + half) / scale
    return Interval(low, high, "wilson")


def katz_ratio(
    successes: int, trials: int, other_successes: int, other_trials: int, level: float = LEVEL
) -> Interval:
    """Return the interval of (a/m) / (b/n), within [0, inf]: exp(log ratio ± z error).

    error² = 1/a - 1/m + 1/b - 1/n with ½ added to every count: Katz 1978, Biometrics 34, with
    the ½ of Walter 1975. Where a side has no failure, half a failure is put in instead, or it
    would seem known without doubt. Begins at 0 when a is 0, ends at infinity when b is 0.
    """
    if not trials or not other_trials:
        return Interval(0.0, math.inf, "katz log")
    log, variance = _log_rate(successes, trials)
    other_log, other_variance = _log_rate(other_successes, other_trials)
    half = _two_sided(level) * math.sqrt(variance + other_variance)
    low = math.exp(log - other_log - half) if successes else 0.0
    high = math.exp(log - other_log + half) if other_successes else math.inf
    return Interval(low, high, "katz log")


def newcombe_difference(
    successes: int, trials: int, other_successes: int, other_trials: int, level: float = LEVEL
) -> Interval:
    """Return the interval of a/m - b/n, within [-1, 1], from the two Wilson intervals.

    d - sqrt((p-l)² + (U-q)²) to d + sqrt((u-p)² + (q-L)²). Newcombe 1998, Statistics in
    Medicine 17, method 10.
    """
    if not trials or not other_trials:
        return Interval(-1.0, 1.0, "newcombe")
    first, second = successes / trials, other_successes / other_trials
    mine = wilson(successes, trials, level)
    other = wilson(other_successes, other_trials, level)
    below = math.hypot(first - mine.low, other.high - second)
    above = math.hypot(mine.high - first, second - other.low)
    difference = first - second
    return Interval(difference - below, difference + above, "newcombe").clipped(-1.0, 1.0)


def mean_interval(mean: float, deviation: float, rows: int, level: float = LEVEL) -> Interval:
    """Return Student's interval of a mean, mean ± t s / sqrt(n); unbounded below two rows.

    `deviation` is the sample standard deviation (n - 1). Student 1908.
    """
    if rows < 2:  # noqa: PLR2004 - one row has no deviation
        return Interval(-math.inf, math.inf, "student t")
    half = t_quantile((1 + level) / 2, rows - 1) * deviation / math.sqrt(rows)
    return Interval(mean - half, mean + half, "student t")


@dataclass(frozen=True)
class Mean:
    """A mean, the sample standard deviation (n - 1) and the rows it was taken over."""

    mean: float
    deviation: float
    rows: int

    @property
    def relative_error(self) -> float:
        """Return the standard error as a share of the mean."""
        return self.deviation / math.sqrt(self.rows) / abs(self.mean)


def mean_of_sums(total: float, squares: float, rows: int) -> Mean:
    """Return the mean and deviation of values known by their sum, sum of squares and number."""
    mean = total / rows
    spread = max(0.0, squares - rows * mean * mean)
    return Mean(mean, math.sqrt(spread / (rows - 1)) if rows > 1 else math.nan, rows)


def values_interval(values: Floats, level: float = LEVEL) -> Interval:
    """Return Student's interval of the mean of the values (see mean_interval)."""
    deviation = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    return mean_interval(float(values.mean()), deviation, len(values), level)


def mean_ratio(first: Mean, second: Mean, level: float = LEVEL) -> Interval:
    """Return the interval of a ratio of two positive means, within [0, inf].

    exp(log(a/b) ± z sqrt(s²/(m a²) + r²/(n b²))), the delta method on the log scale (Fieller 1954
    for large samples). Unbounded when a mean is zero or a side has fewer than two rows.
    """
    if min(first.rows, second.rows) < 2 or not (first.mean and second.mean):  # noqa: PLR2004 - see mean_interval
        return Interval(0.0, math.inf, "delta, log")
    log = math.log(first.mean / second.mean)
    half = _two_sided(level) * math.hypot(first.relative_error, second.relative_error)
    return Interval(math.exp(log - half), math.exp(log + half), "delta, log")


def rmse_interval(errors: Floats, level: float = LEVEL) -> Interval:
    """Return the interval of a root mean squared error, within [0, inf].

    The roots of the ends of Student's interval of the mean squared error.
    """
    squares = values_interval(errors**2, level).clipped(0.0)
    return Interval(math.sqrt(squares.low), math.sqrt(squares.high), "root of student t")


def influence_interval(value: float, influence: Floats, level: float = LEVEL) -> Interval:
    """Return value ± z sqrt(Σ ψᵢ²) / n for a statistic with influence ψᵢ of row i.

    Huber 1981, Robust Statistics, ch. 1; for AUC it is DeLong's interval.
    """
    half = _two_sided(level) * influence_error(influence)
    return Interval(value - half, value + half, "normal by influence")


def influence_error(influence: Floats) -> float:
    """Return the standard error sqrt(Σ ψᵢ²) / n of a statistic with influence ψᵢ of row i."""
    return math.sqrt(float(influence @ influence)) / len(influence)


def corrected_resampled(differences: Floats, test_share: float, level: float = LEVEL) -> Interval:
    """Return the interval of a mean over the folds of a cross-validation.

    mean ± t(k-1) s sqrt(1/k + test/train): folds share training rows, so s²/k alone is too
    small. Nadeau and Bengio 2003, Machine Learning 52. `test_share` is test rows / training rows.
    """
    folds = len(differences)
    deviation = float(differences.std(ddof=1)) * math.sqrt(1 / folds + test_share)
    half = t_quantile((1 + level) / 2, folds - 1) * deviation
    mean = float(differences.mean())
    return Interval(mean - half, mean + half, "corrected resampled t")


def _two_sided(level: float) -> float:
    return normal_quantile((1 + level) / 2)


def _log_rate(successes: int, trials: int) -> tuple[float, float]:
    """Return the log of a rate and its variance, with the halves that katz_ratio tells of."""
    if successes == trials:
        count, rows = successes - 0.5, float(trials)
    else:
        count, rows = successes + 0.5, trials + 0.5
    return math.log(count / rows), 1 / count - 1 / rows


def _t_cdf(value: float, degrees: int) -> float:
    """Return P(T <= value): the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(value / math.sqrt(degrees))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = degrees % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for step in range(1, degrees // 2 + 1):
        total += term
        term *= square * (2 * step - 1 + odd) / (2 * step + odd)
    within = (angle + sine * total) * 2 / math.pi if odd else sine * total
    return (1 + within) / 2


def _t_expansion(z: float, degrees: int) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(degrees**power) for power, term in enumerate(terms, start=1))
