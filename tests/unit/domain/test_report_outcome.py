from loopwright.domain.report_outcome import decision_reason, nothing_new_reason, unopened_run
from loopwright.domain.run import Approval

ASKED = Approval(
    run="run-1",
    project="employment",
    model="m",
    evidence="e",
    token="t",
    requested_at="2026-01-05T12:00:00+00:00",
    expires_at="2026-01-06T12:00:00+00:00",
)


def test_a_refusal_names_the_person_and_the_reason() -> None:
    """Who refused and why is what the next person asks."""
    decided = {"decision": "refused", "actor": "ann", "reason": "too risky", "decided_at": "noon"}
    reason = decision_reason(ASKED.model_copy(update=decided))

    assert (reason.code, reason.subject) == ("refused", "m")
    assert reason.message == "ann refused the candidate at noon: too risky"


def test_a_decision_without_a_reason_ends_after_the_time() -> None:
    """A reason may be empty."""
    decided = {"decision": "approved", "actor": "ann", "decided_at": "noon"}
    reason = decision_reason(ASKED.model_copy(update=decided))

    assert reason.message == "ann approved the candidate at noon"


def test_a_request_that_nobody_decided_says_until_when_it_waited() -> None:
    """An expired approval is nobody's refusal."""
    reason = decision_reason(ASKED)

    assert reason.code == "not_decided"
    assert reason.message == "nobody decided before 2026-01-06T12:00:00+00:00"


def test_nothing_new_points_at_the_run_that_gave_the_verdict() -> None:
    """The earlier run has the report to read."""
    reason = nothing_new_reason("run-0")

    assert reason.subject == "run-0"
    assert reason.message.startswith("run run-0 gave this dataset")
    assert nothing_new_reason(None).message.startswith("an earlier run gave")


def test_a_run_that_never_opened_takes_what_the_input_tells() -> None:
    """The upload and the actor of a run that broke at once are not lost."""
    given = {"trigger": "upload", "actor": "ann", "key": "incoming/p/a.csv", "version_id": "v1"}
    run = unopened_run("p", "run-1", execution="arn", started_at="noon", given=given)

    assert (run.trigger, run.actor, run.key, run.version_id) == (
        "upload",
        "ann",
        "incoming/p/a.csv",
        "v1",
    )


def test_an_input_of_another_form_still_makes_a_run() -> None:
    """Anybody may start the machine with anything."""
    given = {"trigger": "whim", "actor": 7, "key": None}
    run = unopened_run("unknown", "run-1", execution="arn", started_at="noon", given=given)

    assert (run.trigger, run.actor, run.reason, run.key) == ("person", "unknown", "", None)
