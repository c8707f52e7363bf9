"""Findings, verdicts and reasons: what every gate returns."""

from typing import Literal

from loopwright.domain.record import Record

Verdict = Literal["pass", "reject", "insufficient_data"]
Grade = Literal["violation", "pass", "inconclusive", "none", "detected", "material"]


class Finding(Record):
    """One result inside a gate, with its numbers."""

    subject: str
    grade: Grade
    measure: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    rows: int | None = None
    message: str = ""


class Reason(Record):
    """One reason of a verdict: what was expected, what was found, and what to do next."""

    code: str
    message: str
    subject: str = ""
    count: int | None = None
    examples: tuple[str, ...] = ()
    advice: str = ""


class Evidence(Record):
    """Where a gate's write-once document lies, and the digest of its bytes."""

    name: str
    key: str
    digest: str
