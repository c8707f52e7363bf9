"""The base of every value that is stored or crosses a boundary, and how values are digested."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value with known fields only.

    Its validator is built when it is first used: a function imports many records and uses few.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def canonical_json(value: Any) -> bytes:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8, no NaN."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    text = json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return text.encode()


def digest_of(body: bytes) -> str:
    """Return the sha256 of the bytes as 64 hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()
