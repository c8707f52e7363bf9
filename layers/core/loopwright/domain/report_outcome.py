"""What only the end of a run can tell: a decision, an earlier verdict, or that it never began."""

from collections.abc import Mapping
from typing import Any, get_args

from loopwright.domain.gate import Reason
from loopwright.domain.run import Approval, Run, Trigger
from loopwright.domain.uploads import UNKNOWN


def unopened_run(
    project: str, run: str, *, execution: str, started_at: str, given: Mapping[str, Any]
) -> Run:
    """Return the record of a run that broke before it was opened; `given` is its input."""
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    trigger = texts.get("trigger", "")
    triggers: dict[str, Trigger] = {name: name for name in get_args(Trigger)}
    return Run(
        id=run,
        project=project,
        execution=execution,
        trigger=triggers.get(trigger, "person"),
        actor=texts.get("actor", UNKNOWN),
        reason=texts.get("reason", ""),
        started_at=started_at,
        key=texts.get("key"),
        version_id=texts.get("version_id"),
    )


def nothing_new_reason(previous: str | None) -> Reason:
    """Return why nothing was done, naming the run that gave the verdict where it is known."""
    by = f"run {previous}" if previous else "an earlier run"
    return Reason(
        code="nothing_new",
        subject=previous or "",
        message=f"{by} gave this dataset, spec, code and image their verdict",
        advice="Read its report; or change the data, project.yaml or the script, and release.",
    )


def decision_reason(approval: Approval) -> Reason:
    """Return what a person decided and why, or that nobody did."""
    if approval.decision is None:
        return Reason(
            code="not_decided",
            subject=approval.model,
            message=f"nobody decided before {approval.expires_at}",
            advice="Release the project again, and approve or reject the candidate in time.",
        )
    because = f": {approval.reason}" if approval.reason else ""
    return Reason(
        code=approval.decision,
        subject=approval.model,
        message=(
            f"{approval.actor} {approval.decision} the candidate at {approval.decided_at}{because}"
        ),
    )
