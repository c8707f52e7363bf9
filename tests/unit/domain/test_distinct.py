"""How many distinct values a sketch has seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.distinct import Sketch, estimate, hashes_of, mixed, register_bits
from loopwright.domain.packing import greatest_registers, pack_registers, unpack_registers


def registers(values: list[float], bits: int = 12) -> np.ndarray:
    """The registers of some numbers."""
    sketch = Sketch(bits)
    sketch.add(hashes_of(np.array(values, dtype=np.float64)))
    return sketch.registers


@pytest.mark.parametrize("many", [1, 10, 300, 5_000, 11_000, 100_000, 1_000_000])
def test_the_estimate_is_near_the_true_number(many: int) -> None:
    """Within four standard errors (1.6 % each) at every size, also where few values fill half."""
    found = registers(np.random.default_rng(many).permutation(many).astype(float).tolist())

    assert estimate(found) == pytest.approx(many, rel=4 * 1.04 / 64, abs=0.5)


def test_the_standard_error_is_that_of_the_number_of_registers() -> None:
    """Over 200 sets of 20,000 hashes the relative error is 1.04 / sqrt(256), with no bias."""
    generator = np.random.default_rng(5)
    errors = []
    for _ in range(200):
        sketch = Sketch(8)
        sketch.add(generator.integers(0, 2**64, 20_000, dtype=np.uint64))
        errors.append(sketch.values / 20_000 - 1)

    assert np.std(errors) == pytest.approx(1.04 / 16, rel=0.2)
    assert abs(np.mean(errors)) < 4 * 1.04 / 16 / 200**0.5


def test_nothing_is_nothing_and_everything_fills_the_registers() -> None:
    """By hand: no value, one value, and hashes of the greatest rank in every register."""
    full = Sketch(8)
    full.add(np.arange(256, dtype=np.uint64) << np.uint64(56))

    assert estimate(Sketch(8).registers) == 0
    assert estimate(registers([0.0, -0.0])) == 1
    assert full.registers.tolist() == [53] * 256
    assert estimate(full.registers) > 2**53


def test_a_hash_is_the_finalizer_of_splitmix() -> None:
    """The first outputs of the generator seeded with 0 are published: its state steps by gamma."""
    gamma = 0x9E3779B97F4A7C15
    state = np.array([gamma, 2 * gamma % 2**64], dtype=np.uint64)

    assert mixed(state).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


@given(values=st.lists(st.floats(allow_nan=False), max_size=50), cut=st.integers(0, 50))
def test_any_split_gives_the_same_registers(values: list[float], cut: int) -> None:
    """Merging takes the greatest rank, so order and repetition do not matter."""
    parts = [registers(values[:cut]), registers(values[cut:]), registers(values[:cut])]

    together = greatest_registers([pack_registers(part) for part in parts])

    assert unpack_registers(together).tolist() == registers(values).tolist()


def test_wide_tables_have_fewer_registers() -> None:
    """4,096 up to 32 columns, 256 at the least."""
    assert [register_bits(columns) for columns in (1, 32, 33, 64, 10_000)] == [12, 12, 11, 11, 8]
