"""Statistics over two count vectors of the same bins: PSI, its interval, and its exact-ish test.

Everything works on counts, so the cost does not grow with rows, and needs numpy only.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMOOTHING = 0.5
NORMAL_975 = 1.959963984540054
BLOCK_DRAWS = 500
ENOUGH_EXCEEDANCES = 20
MAX_DRAWS = 20_000

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """PSI of live counts against a baseline: raw, bias-corrected, and the latter's 95 % interval.

    `terms` are the contributions of the bins, which add up to `psi`.
    """

    psi: float
    corrected: float
    low: float
    high: float
    terms: tuple[float, ...]


def smoothed(counts: Vector, rows: float) -> Vector:
    """Return shares as if there were `rows` rows and 1/2 more in each of the K bins, in (0, 1)."""
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return np.asarray((shares * rows + SMOOTHING) / (rows + SMOOTHING * counts.shape[-1]))


def psi_terms(baseline: Vector, live: Vector) -> Vector:
    """Return (q - p) ln(q / p) per bin, each >= 0; their sum is the population stability index.

    p and q are the shares of baseline and live, both smoothed at the size of the smaller sample: a
    bin that is empty in both adds nothing, and the size of the baseline does not decide how much
    an unseen value weighs. The sum is symmetric, 0 for equal shares and has no upper bound
    (Kullback & Leibler 1951: the J divergence).
    """
    rows = min(float(baseline.sum(axis=-1).min()), float(live.sum(axis=-1).min()))
    p, q = smoothed(baseline, rows), smoothed(live, rows)
    return np.asarray((q - p) * np.log(q / p))


def measure(baseline: Sequence[int], live: Sequence[int]) -> Stability:
    """Return PSI, and its estimate freed of the bias that sampling alone gives it.

    Without drift PSI is about (1/n + 1/m) times a chi-square of K - 1 degrees of freedom (Yurdakul
    2018), K bins that hold rows: the mean is subtracted; the variance of that and of the delta
    method together give the 95 % normal interval, cut at 0.
    """
    b, c = np.asarray(baseline, float), np.asarray(live, float)
    rows = min(b.sum(), c.sum())
    p, q = smoothed(b, rows), smoothed(c, rows)
    terms = psi_terms(b, c)
    freedom = int(np.count_nonzero(b + c)) - 1
    scale = 1 / b.sum() + 1 / c.sum()
    slope = np.log(q / p)
    by_live = _variance(slope + 1 - p / q, q) / c.sum()
    by_baseline = _variance(-slope + 1 - q / p, p) / b.sum()
    spread = math.sqrt(by_live + by_baseline + 2 * freedom * scale**2)
    corrected = float(terms.sum() - freedom * scale)
    return Stability(
        psi=float(terms.sum()),
        corrected=max(0.0, corrected),
        low=max(0.0, corrected - NORMAL_975 * spread),
        high=max(0.0, corrected + NORMAL_975 * spread),
        terms=tuple(terms.tolist()),
    )


def p_value(baseline: Sequence[int], live: Sequence[int], *, draws: int) -> float:
    """Return the probability of a PSI as large as the one seen if nothing had drifted, in (0, 1].

    Both samples are drawn again from the pooled shares (a multinomial bootstrap). Drawing stops
    after 20 exceedances (Besag & Clifford 1991) or `draws` draws, and is seeded by the counts, so
    the same counts always give the same answer.
    """
    b, c = np.asarray(baseline), np.asarray(live)
    generator = np.random.default_rng(_seed(b, c))
    pooled = (b + c) / (b.sum() + c.sum())
    seen = float(psi_terms(b.astype(float), c.astype(float)).sum())
    drawn = exceeded = 0
    while drawn < draws and exceeded < ENOUGH_EXCEEDANCES:
        fake_b = generator.multinomial(b.sum(), pooled, size=BLOCK_DRAWS)
        fake_c = generator.multinomial(c.sum(), pooled, size=BLOCK_DRAWS)
        fakes = psi_terms(fake_b.astype(float), fake_c.astype(float)).sum(axis=1)
        exceeded += int((fakes >= seen).sum())
        drawn += BLOCK_DRAWS
    return (exceeded + 1) / (drawn + 1)


def draws_for(tests: int, rate: float) -> int:
    """Return the draws that let the smallest p value pass Benjamini-Hochberg: 4 * tests / rate."""
    wanted = math.ceil(4 * tests / rate / BLOCK_DRAWS) * BLOCK_DRAWS
    return min(MAX_DRAWS, max(4_000, wanted))


def discoveries(p_values: Sequence[float], rate: float) -> tuple[bool, ...]:
    """Tell which tests are discoveries at a false discovery rate (Benjamini & Hochberg 1995).

    With p sorted, all up to the largest i with p_(i) <= i / m * rate.
    """
    m = len(p_values)
    ranked = sorted(p_values)
    passing = [p for i, p in enumerate(ranked, start=1) if p <= i / m * rate]
    limit = max(passing, default=-1.0)
    return tuple(p <= limit for p in p_values)


def _variance(values: Vector, weights: Vector) -> float:
    mean = float((weights * values).sum())
    return float((weights * (values - mean) ** 2).sum())


def _seed(baseline: NDArray[np.int_], live: NDArray[np.int_]) -> int:
    text = f"{baseline.tolist()}{live.tolist()}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
