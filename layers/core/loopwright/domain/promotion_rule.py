"""How certain a gain must be before a candidate replaces the champion."""

import math

from loopwright.domain.intervals import LEVEL, normal_quantile
from loopwright.domain.metrics import Gain
from loopwright.domain.record import Record
from loopwright.domain.spec_models import Promotion

_SPENT = 6 / math.pi**2


class Bound(Record):
    """What of a gain is held against the limit, and how it is called."""

    value: float
    name: str


def bound_of(promotion: Promotion, gain: Gain, *, challenges: int) -> Bound:
    """Return what must clear `min_gain`: the value, or a one-sided low end of it.

    `sequential` spends the error probability a over all models that are ever compared with one
    champion: the k-th (`challenges`, from 1) is tested at a * 6 / (pi^2 k^2), which adds up to a
    however many there are (Bonferroni's bound with the weights of Foster and Stine 2008, JRSS B
    70). So trying often does not promote by luck.
    """
    if promotion.rule == "estimate":
        return Bound(value=gain.value, name="the value")
    chance = promotion.error_probability
    name = "the low end"
    if promotion.rule == "sequential":
        chance *= _SPENT / challenges**2
        name = f"the low end as of comparison {challenges} with this champion"
    return Bound(value=low_end(gain, chance), name=f"{name} (error at most {chance:.2g})")


def low_end(gain: Gain, chance: float) -> float:
    """Return the one-sided low end of a gain, value - z(1 - chance) standard errors."""
    error = (gain.high - gain.low) / (2 * normal_quantile((1 + LEVEL) / 2))
    return gain.value - normal_quantile(1 - chance) * error
