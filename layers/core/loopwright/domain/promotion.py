"""May the candidate become champion? A table of numbers against limits, and one outcome."""

from collections.abc import Sequence
from typing import Literal

from loopwright.domain.gate import Evidence, Reason
from loopwright.domain.promotion_checks import Check
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec

Outcome = Literal["promote", "hold", "reject"]
_SECONDS_PER_HOUR = 3600
GROUPS = ("group_loss", "slice_loss")


class Decision(Record):
    """The document of the gate (`decision.json`); its digest is what an approver approves.

    `evidence` names every document of the run that the decision rests on, by digest.
    """

    schema_version: Literal[1] = 1
    project: str
    run: str
    spec: str
    dataset: str
    model: str
    champion: str | None
    metric: str
    outcome: Outcome
    checks: tuple[Check, ...]
    reasons: tuple[Reason, ...]
    approval_timeout_seconds: int
    evidence: tuple[Evidence, ...]


def decide(spec: ProjectSpec, checks: Sequence[Check]) -> Outcome:
    """Reject on a failed check; hold for a person when asked to, or when one cannot be judged."""
    if any(check.passed is False for check in checks):
        return "reject"
    if spec.promotion.approval or any(check.passed is None for check in checks):
        return "hold"
    return "promote"


def reasons_of(checks: Sequence[Check]) -> tuple[Reason, ...]:
    """Return what decided: the failed checks, else the undecided ones, else what passed.

    Of what passed, the groups are told by one number: how many were compared.
    """
    for state in (False, None):
        found = [check for check in checks if check.passed is state]
        if found:
            return tuple(_reason(check) for check in found)
    groups = [check for check in checks if check.code in GROUPS]
    told = [_reason(check) for check in checks if check.code not in GROUPS]
    return tuple(told if not groups else [*told, _groups_kept(groups)])


def approval_timeout_seconds(spec: ProjectSpec) -> int:
    """Return how long a person has to decide."""
    return spec.promotion.approval_timeout_hours * _SECONDS_PER_HOUR


def _groups_kept(checks: Sequence[Check]) -> Reason:
    limit = checks[0].limit
    return Reason(
        code="group_loss",
        message=f"no group is worse than with the champion by more than {limit:g}, as far as"
        f" {len(checks)} comparisons can tell",
        count=len(checks),
    )


def _reason(check: Check) -> Reason:
    return Reason(
        code=check.code,
        subject=check.subject,
        message=check.message,
        advice="" if check.passed else check.advice,
    )
