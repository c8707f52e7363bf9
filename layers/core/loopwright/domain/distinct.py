"""How many distinct values there are, from a sketch that merges: HyperLogLog.

A value's 64-bit hash picks a register by its first bits; the register keeps the greatest rank seen,
the place of the first 1 among the other bits (Flajolet et al. 2007). Merging takes the maximum of
each register, so any split and order of the rows gives the same registers. The estimate is the one
of Ertl (2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6): it
needs no table and no case for few values. Its standard error is about ERROR / sqrt(registers).
"""

import math

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.profile_measures import affordable

Hashes = NDArray[np.uint64]
Registers = NDArray[np.uint8]
MOST_BITS, LEAST_BITS = 12, 8
ERROR = 1.04
# The rank is read off 52 bits, which a float holds exactly; 53 says that all of them are 0.
MOST_RANK = 53
RANKS = 64
ALPHA = 1 / (2 * math.log(2))


def register_bits(columns: int) -> int:
    """Return how many bits pick the register where each of so many columns has a sketch."""
    wanted = affordable(columns, most=1 << MOST_BITS, least=1 << LEAST_BITS)
    return max(LEAST_BITS, wanted.bit_length() - 1)


def hashes_of(values: NDArray[np.float64]) -> Hashes:
    """Return a hash of the bits of each number; the two zeros are one value."""
    return mixed((values + 0.0).view(np.uint64))


def mixed(bits: Hashes) -> Hashes:
    """Return the bits spread evenly: the finalizer of SplitMix64 (Steele et al. 2014)."""
    found = bits ^ (bits >> np.uint64(30))
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(27)
    found *= np.uint64(0x94D049BB133111EB)
    found ^= found >> np.uint64(31)
    return found


class Sketch:
    """A sketch that values are added to, slice by slice."""

    def __init__(self, bits: int) -> None:
        """Begin with no value; `bits` of a hash pick its register."""
        self._bits = bits
        self._seen = np.zeros(RANKS << bits, dtype=bool)

    def add(self, hashes: Hashes) -> None:
        """Add values by their hashes."""
        low = (hashes & np.uint64((1 << (MOST_RANK - 1)) - 1)).astype(np.float64)
        # The exponent of a float, biased by 1,023, is the place of its first bit.
        rank = np.minimum(MOST_RANK - 1 + 1_023 - (low.view(np.int64) >> 52), MOST_RANK)
        register = (hashes >> np.uint64(64 - self._bits)).astype(np.int64)
        self._seen[register * RANKS + rank] = True

    @property
    def values(self) -> int:
        """Return about how many distinct values were added."""
        return estimate(self.registers)

    @property
    def registers(self) -> Registers:
        """Return the greatest rank of each register, 0 where no value fell."""
        seen = self._seen.reshape(-1, RANKS)
        return ((RANKS - 1 - np.argmax(seen[:, ::-1], axis=1)) * seen.any(axis=1)).astype(np.uint8)


def estimate(registers: Registers) -> int:
    """Return about how many distinct values the registers saw; 0 for none."""
    size = registers.size
    counts = np.bincount(registers, minlength=MOST_RANK + 1).tolist()
    if counts[0] == size:
        return 0
    total = size * _tau(1 - counts[MOST_RANK] / size)
    for rank in range(MOST_RANK - 1, 0, -1):
        total = (total + counts[rank]) / 2
    total += size * _sigma(counts[0] / size)
    if not total:
        return size << MOST_RANK
    return round(ALPHA * size * size / total)


def _sigma(share: float) -> float:
    """Return x + sum of x^(2^k) 2^(k-1), the part of the registers that saw nothing."""
    total, weight, power, before = share, 1.0, share, -1.0
    while total != before:
        power *= power
        before, total = total, total + power * weight
        weight += weight
    return total


def _tau(share: float) -> float:
    """Return the part of the registers that are full."""
    if share in {0.0, 1.0}:
        return 0.0
    total, weight, root, before = 1 - share, 1.0, share, -1.0
    while total != before:
        root = math.sqrt(root)
        weight /= 2
        before, total = total, total - (1 - root) ** 2 * weight
    return total / 3
