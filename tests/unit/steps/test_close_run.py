"""What the rule on broken executions closes; the event is the one that EventBridge sends."""

import json
from pathlib import Path
from typing import Any

import pytest

from loopwright.aws.stores import StoredDatasets, StoredEvidence, StoredSpecs
from loopwright.domain.run import Run
from loopwright.engines.reports.renderer import JinjaReports
from loopwright.steps.close_run import Request, Result, close_run
from tests.fakes import InMemoryEventBus, InMemoryLedger, InMemoryObjectStore, ManualClock

EVENT = Path(__file__).parents[2] / "events" / "execution_failed.json"
DETAIL = json.loads(EVENT.read_text())["detail"]
RELEASE = DETAIL["stateMachineArn"]
RETRAINING = "arn:aws:states:eu-west-1:123456789012:stateMachine:retrain-model"


def close(ledger: InMemoryLedger, **changes: Any) -> Result:
    """Close what the event's execution left open."""
    objects = InMemoryObjectStore()
    return close_run(
        Request.model_validate(DETAIL | changes),
        release_machine=RELEASE,
        retraining_machine=RETRAINING,
        objects=objects,
        specs=StoredSpecs(objects),
        datasets=StoredDatasets(objects),
        evidence=StoredEvidence(objects),
        ledger=ledger,
        events=InMemoryEventBus(),
        reports=JinjaReports(),
        clock=ManualClock(),
    )


def test_a_broken_release_is_published_with_its_cause() -> None:
    """The project is that of the uploaded key; the times are those of the execution."""
    ledger = InMemoryLedger()
    result = close(ledger)
    run = ledger.run("employment", "run-1")

    assert result == Result(closed=True)
    assert (run.outcome, run.trigger) == ("release_broken", "upload")
    assert run.reasons[0].message.endswith("the job failed: train.py line 3: KeyError")
    assert run.started_at == "2026-11-23T06:00:00+00:00"
    assert run.execution == DETAIL["executionArn"]


def test_a_release_that_published_itself_is_not_closed_again() -> None:
    """Every broken release ends as an event, also one that closed its run."""
    ledger = InMemoryLedger()
    closed = Run(
        id="run-1",
        project="employment",
        execution="arn",
        trigger="upload",
        actor="ann",
        started_at="2026-11-23T06:00:00+00:00",
        ended_at="2026-11-23T06:01:00+00:00",
        outcome="infeasible",
    )
    ledger.open_run(closed)
    result = close(ledger)

    assert result == Result(closed=False)
    assert ledger.run("employment", "run-1") == closed


@pytest.mark.parametrize(
    ("status", "advice"), [("TIMED_OUT", "ran out of time"), ("ABORTED", "Somebody stopped")]
)
def test_a_release_that_was_cut_off_says_how(status: str, advice: str) -> None:
    """Neither error nor cause comes with a timeout; an abort may have none."""
    ledger = InMemoryLedger()
    given = json.dumps({"project": "loans", "trigger": "person", "actor": "ann"})
    close(ledger, status=status, error=None, cause=None, input=given)
    [reason] = ledger.run("loans", "run-1").reasons

    assert reason.message == f"{status}: no cause was given"
    assert advice in reason.advice


@pytest.mark.parametrize("given", [None, "[]", "{}"])
def test_an_execution_with_an_odd_input_is_published_under_unknown(given: str | None) -> None:
    """EventBridge leaves out an input that is too long."""
    ledger = InMemoryLedger()
    close(ledger, input=given)

    assert ledger.run("unknown", "run-1").actor == "unknown"


@pytest.mark.parametrize("holds", [True, False])
def test_a_broken_retraining_gives_its_own_lease_back(*, holds: bool) -> None:
    """A lease that another execution holds by now stays."""
    ledger = InMemoryLedger()
    ledger.leases["loans"] = DETAIL["executionArn"] if holds else "another"
    result = close(ledger, stateMachineArn=RETRAINING, input='{"project": "loans"}')

    assert result == Result(lease_released=holds)
    assert ("loans" in ledger.leases) is not holds


def test_children_are_left_to_their_parent() -> None:
    """A release publishes what its children broke."""
    ledger = InMemoryLedger()
    result = close(ledger, stateMachineArn=f"{RELEASE}-child")

    assert result == Result()
    assert ledger.runs() == []
