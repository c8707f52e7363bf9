"""Causes as Step Functions hands them over: functions, training jobs and child executions."""

import json

import pytest

from loopwright.domain.report_breakage import MORE_MEMORY, RETRY, breakage_reason

JOB = {
    "TrainingJobName": "employment-12ab-0",
    "TrainingJobStatus": "Failed",
    "FailureReason": "AlgorithmError: ScriptError: train.py line 3:\n KeyError",
}
FUNCTION = {
    "errorMessage": "there is no object a.json",
    "errorType": "ObjectMissingError",
    "requestId": "r-1",
    "stackTrace": ['  File "a.py", line 1, in a\n    b()\n', '  File "b.py", line 2, in b\n'],
}


def child(cause: str, **more: str) -> str:
    """Return the description of a broken child execution."""
    arn = "arn:aws:states:eu-west-1:1:execution:PrepareDatasetMachine-X:run-1"
    return json.dumps({"ExecutionArn": arn, "Status": "FAILED", "Cause": cause} | more)


def test_a_failed_training_job_is_named_with_its_reason_and_its_logs() -> None:
    """The line that the job wrote is what a person needs."""
    reason = breakage_reason("States.TaskFailed", json.dumps(JOB))

    assert reason.code == "release_broken"
    assert reason.message == (
        "TrainingFailed in training job employment-12ab-0: "
        "AlgorithmError: ScriptError: train.py line 3: KeyError"
    )
    assert reason.advice.startswith("Mend the training script")
    assert "/aws/sagemaker/TrainingJobs, streams that start with employment-12ab" in reason.advice


def test_a_stopped_job_without_a_reason_says_how_it_ended() -> None:
    """A job that a person stopped has no failure reason."""
    stopped = {"TrainingJobName": "job", "TrainingJobStatus": "Stopped"}
    reason = breakage_reason("SageMaker.Odd", json.dumps(stopped))

    assert reason.message == "SageMaker.Odd in training job job: the job ended as Stopped"
    assert reason.advice.startswith("Somebody stopped the job")


def test_a_job_that_ran_out_of_time_names_the_setting() -> None:
    """SageMaker tells the limit from a person's stop by the secondary status only."""
    ended = {"TrainingJobName": "job", "TrainingJobStatus": "Stopped"}
    late = json.dumps(ended | {"SecondaryStatus": "MaxRuntimeExceeded"})
    too_late = breakage_reason("States.TaskFailed", late)

    assert too_late.message.endswith("the job ended as Stopped (MaxRuntimeExceeded)")
    assert "training.max_runtime_minutes" in too_late.advice


def test_a_functions_error_keeps_its_last_lines_and_its_request() -> None:
    """The innermost lines of the trace are the last ones."""
    reason = breakage_reason("ObjectMissingError", json.dumps(FUNCTION))

    assert reason.message == "ObjectMissingError: there is no object a.json"
    assert reason.examples == ('File "a.py", line 1, in a', "b()", 'File "b.py", line 2, in b')
    assert reason.advice.endswith("Logs: the lines of request r-1.")


def test_the_innermost_cause_of_nested_executions_is_told() -> None:
    """What broke the child of the child broke the run."""
    nested = child(
        child(json.dumps(FUNCTION), Error="ObjectMissingError"), Error="States.TaskFailed"
    )
    reason = breakage_reason("States.TaskFailed", nested)

    assert reason.message == (
        "ObjectMissingError in PrepareDatasetMachine-X: there is no object a.json"
    )


def test_causes_nested_without_end_are_cut() -> None:
    """A cause is data of others; following it ends."""
    cause = "bottom"
    for _ in range(9):
        cause = child(cause, Error="States.TaskFailed")
    reason = breakage_reason("States.TaskFailed", cause)

    assert reason.message.startswith("States.TaskFailed in arn:aws:states")
    assert len(reason.message) <= 2_000


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        ("TIMED_OUT", "States.TaskFailed", "TIMED_OUT in m: no cause was given"),
        ("FAILED", "States.TaskFailed", "States.TaskFailed in m: no cause was given"),
    ],
)
def test_a_child_without_an_error_is_named_by_its_status(
    status: str, error: str, told: str
) -> None:
    """An execution that timed out has neither error nor cause."""
    reason = breakage_reason(error, json.dumps({"ExecutionArn": "a:m:run", "Status": status}))

    assert reason.message == told


def test_a_child_with_an_odd_arn_is_named_by_it() -> None:
    """An ARN that is none is shown as it is."""
    reason = breakage_reason("E", json.dumps({"ExecutionArn": "odd", "Cause": "why"}))

    assert reason.message == "E in odd: why"


@pytest.mark.parametrize(
    ("error", "cause", "message", "advice"),
    [
        (None, None, "unknown error: no cause was given", RETRY),
        ("Custom", "two\n  lines", "Custom: two lines", RETRY),
        ("Custom", "[1, 2]", "Custom: [1, 2]", RETRY),
        ("Custom", '{"other": 1}', 'Custom: {"other": 1}', RETRY),
        ("Custom", '{"errorMessage": "m"}', "Custom: m", RETRY),
        ("Runtime.ExitError", "signal: killed", "Runtime.ExitError: signal: killed", MORE_MEMORY),
    ],
)
def test_any_other_cause_is_told_as_it_is(
    error: str | None, cause: str | None, message: str, advice: str
) -> None:
    """A cause of an unknown form must not break the publication of a broken run."""
    reason = breakage_reason(error, cause)

    assert (reason.message, reason.advice) == (message, advice)
