"""Which entities are sealed away from training, for ever."""

from loopwright.domain.record import digest_of

DIGITS = 16


def seal_limit(share: float) -> str:
    """Return the 16 hexadecimal digits below which a keyed hash is sealed: share * 2^64."""
    return f"{int(share * (1 << (4 * DIGITS))):0{DIGITS}x}"


def is_sealed(entity: str, *, salt: str, share: float) -> bool:
    """Tell whether an entity is sealed: the first 64 bits of sha256(salt:entity), as a fraction.

    `entity` is the canonical text of the key, or the digest of the row where there is no key. The
    salt belongs to the project and never changes, so neither does the answer.
    """
    return digest_of(f"{salt}:{entity}".encode())[:DIGITS] < seal_limit(share)
