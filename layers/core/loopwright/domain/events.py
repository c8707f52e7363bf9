"""The events on the stack's own bus: one per transition, in the past tense, versioned."""

from typing import Any, Literal

from pydantic import Field

from loopwright.domain.record import Record

EventName = Literal[
    "DatasetRegistered",
    "DatasetRejected",
    "CandidateTrained",
    "CandidateRejected",
    "ApprovalRequested",
    "ModelPromoted",
    "ModelRolledBack",
    "RunFinished",
    "WindowFilled",
    "DriftDetected",
    "DisparityDetected",
    "RetrainingStarted",
    "RetrainingRefused",
]


class Event(Record):
    """One transition: who, when, why, and the digests of what it speaks of."""

    schema_version: Literal[1] = 1
    name: EventName
    project: str
    actor: str
    at: str
    reason: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)
