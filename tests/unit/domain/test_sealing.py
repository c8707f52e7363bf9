"""Who is sealed: a keyed hash decides, for ever."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.sealing import is_sealed, seal_limit


def test_the_share_of_sealed_entities_is_the_one_asked_for() -> None:
    """20,000 entities: the share lies within four standard errors."""
    sealed = sum(is_sealed(str(n), salt="pepper", share=0.2) for n in range(20_000))

    assert abs(sealed / 20_000 - 0.2) < 4 * (0.2 * 0.8 / 20_000) ** 0.5


def test_the_hash_is_sha256_of_salt_and_entity() -> None:
    """By hand: the first 64 bits as a fraction."""
    fraction = int(hashlib.sha256(b"salt:42").hexdigest()[:16], 16) / 2**64

    assert is_sealed("42", salt="salt", share=fraction + 1e-9)
    assert not is_sealed("42", salt="salt", share=fraction - 1e-9)
    assert seal_limit(0.5) == "8" + "0" * 15


@given(entity=st.text(), low=st.floats(0.01, 0.4), more=st.floats(0, 0.4))
def test_a_larger_share_unseals_nobody(entity: str, low: float, more: float) -> None:
    """Who is sealed at a share stays sealed at a larger one."""
    assert not is_sealed(entity, salt="s", share=low) or is_sealed(
        entity, salt="s", share=low + more
    )
