"""Watch the answers of the public path after the champion pointer has moved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

TOLERANCE = 1e-9
State = Literal["watching", "passed", "failed"]


@dataclass
class ProbeWatch:
    """Passes when the pointer's cache time went by with answers of the new model only.

    A wrong prediction fails at once; the old model's answers and errors only until the deadline.
    Without an old model one right answer is enough, for no cache can hold another pointer.
    """

    model: str
    replaced: str | None
    expected: Mapping[str, Any]
    started_at: datetime
    cache_time: timedelta
    patience: timedelta
    state: State = "watching"
    reason: str = ""
    clean_since: datetime | None = field(default=None)

    def answered(self, answer: Mapping[str, Any], *, at: datetime, asked_at: datetime) -> None:
        """Take in one answer."""
        if answer.get("model") != self.model:
            self.interrupted(f"model {answer.get('model')} still answers", at=at)
            return
        if not _agrees(self.expected, answer.get("predictions")):
            self.state = "failed"
            self.reason = (
                f"the stored sample was answered {answer.get('predictions')}, "
                f"the training job answered {dict(self.expected)}"
            )
            return
        self.clean_since = self.clean_since or asked_at
        if self.replaced in (None, self.model) or at - self.clean_since >= self.cache_time:
            self.state = "passed"

    def interrupted(self, reason: str, *, at: datetime) -> None:
        """Take in an answer of another model, or an error: the cache time starts anew."""
        self.clean_since = None
        if at - self.started_at >= self.patience:
            self.state = "failed"
            self.reason = f"{reason} {(at - self.started_at).total_seconds():.0f} seconds after"


def _agrees(expected: Mapping[str, Any], predictions: object) -> bool:
    if not isinstance(predictions, list) or len(predictions) != 1:
        return False
    found = predictions[0]
    wanted, given = expected.get("probabilities"), found.get("probabilities")
    if wanted is None or given is None:
        return _near(expected.get("value"), found.get("value"))
    return (
        len(wanted) == len(given)
        and all(map(_near, wanted, given))
        and expected.get("value") == found.get("value")
    )


def _near(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
    return one == other
