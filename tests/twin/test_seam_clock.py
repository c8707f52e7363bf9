"""The virtual clock in a running twin."""

from datetime import timedelta

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from infra.twin.seams import Seams
from infra.twin.step_functions.waiting import install_retry_waits
from tests.twin.loop_harness import Loop

pytestmark = pytest.mark.twin


def test_executions_events_and_history_show_the_virtual_time(loop: Loop) -> None:
    """A year later everything is dated a year later."""
    loop.context.clock.advance(timedelta(days=2))
    now = loop.context.clock.now()
    ended = loop.run({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
    history = loop.client("stepfunctions").get_execution_history(
        executionArn=ended["executionArn"]
    )["events"]

    assert abs(ended["startDate"] - now) < timedelta(seconds=20)
    assert abs(ended["stopDate"] - now) < timedelta(seconds=20)
    assert abs(history[0]["timestamp"] - now) < timedelta(seconds=20)


def test_a_waiting_state_ends_when_the_clock_is_moved_past_it(loop: Loop) -> None:
    """Hours of waiting take no time in a test."""
    wait = {"Type": "Wait", "Seconds": 3600, "End": True}
    execution = loop.start(loop.machine({"StartAt": "Only", "States": {"Only": wait}}))
    history = loop.client("stepfunctions").get_execution_history
    loop.until(
        lambda: any(
            event["type"] == "WaitStateEntered"
            for event in history(executionArn=execution)["events"]
        )
    )
    loop.context.clock.advance(timedelta(hours=2))

    assert loop.finish(execution)["status"] == "SUCCEEDED"


def test_log_lines_are_kept_however_far_the_clock_is_ahead(loop: Loop) -> None:
    """moto drops what its real clock calls too new."""
    loop.context.clock.advance(timedelta(days=30))
    group = loop.unique("group")
    logs = loop.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    moment = round(loop.context.clock.now().timestamp() * 1000)
    logs.put_log_events(
        logGroupName=group,
        logStreamName="s",
        logEvents=[{"timestamp": moment, "message": "kept"}],
    )
    events = logs.get_log_events(logGroupName=group, logStreamName="s")["events"]

    assert [event["message"] for event in events] == ["kept"]


def test_waits_before_retries_can_be_cut_short() -> None:
    """A machine's failures are tried without waiting as AWS would."""
    seams = Seams()
    before = vars(retrier_decl)["time"]
    install_retry_waits(seams, longest_s=0)
    vars(retrier_decl)["time"].sleep(600)
    seams.undo()

    assert vars(retrier_decl)["time"] is before
