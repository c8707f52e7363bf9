"""Arrays of numbers as compact bytes inside JSON documents."""

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from loopwright.domain.record import Record

LEVEL = 6


class PackedRecord(Record):
    """A record whose bytes are base64 text in JSON."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def pack_floats(values: NDArray[np.float64]) -> bytes:
    """Return 64-bit floats as compressed little-endian bytes."""
    return zlib.compress(values.astype("<f8").tobytes(), LEVEL)


def unpack_floats(packed: bytes) -> NDArray[np.float64]:
    """Return the floats that `pack_floats` packed."""
    return np.frombuffer(zlib.decompress(packed), dtype="<f8").astype(np.float64)


def pack_integers(values: NDArray[np.int64]) -> bytes:
    """Return 64-bit integers as compressed little-endian bytes."""
    return zlib.compress(values.astype("<i8").tobytes(), LEVEL)


def unpack_integers(packed: bytes) -> NDArray[np.int64]:
    """Return the integers that `pack_integers` packed."""
    return np.frombuffer(zlib.decompress(packed), dtype="<i8").astype(np.int64)


def pack_registers(values: NDArray[np.uint8]) -> bytes:
    """Return small whole numbers as one byte each, which is small as it is and quick to merge."""
    return values.astype(np.uint8).tobytes()


def unpack_registers(packed: bytes) -> NDArray[np.uint8]:
    """Return the numbers that `pack_registers` packed."""
    return np.frombuffer(packed, dtype=np.uint8)


def greatest_registers(parts: Sequence[bytes]) -> bytes:
    """Return the greatest of packed registers, place by place; all parts must hold as many."""
    return np.frombuffer(b"".join(parts), np.uint8).reshape(len(parts), -1).max(axis=0).tobytes()


def pack_counts(counts: Iterable[int]) -> bytes:
    """Return counts below 2^63 as eight bytes each, which are quick to add up."""
    return np.fromiter(counts, dtype="<i8").tobytes()


def unpack_counts(packed: bytes) -> tuple[int, ...]:
    """Return the counts that `pack_counts` packed."""
    return tuple(np.frombuffer(packed, dtype="<i8").tolist())


def added_counts(parts: Sequence[bytes]) -> bytes:
    """Return the sums of counts, place by place; all parts must hold as many."""
    together = np.frombuffer(b"".join(parts), dtype="<i8").reshape(len(parts), -1)
    return together.sum(axis=0).astype("<i8").tobytes()
