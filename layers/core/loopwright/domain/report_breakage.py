"""Why a run broke, from the error and the cause that the state machine caught."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from loopwright.domain.gate import Reason

MOST_DEPTH = 5
MOST_TRACE_LINES = 4
MOST_CHARACTERS = 2_000
RETRY = "Nothing is lost: the upload stays. When the cause is removed, release the project again."
ADVICE = {
    "training": "Mend the training script or the data, push the project, and release it again.",
    "Sandbox.Timedout": "The function ran out of time: raise its Timeout, or upload less at once.",
    "States.Timeout": "A step ran out of time: look at the execution, then release again.",
    "States.DataLimitExceeded": "A step's answer was too large; please report it.",
    "SpecError": "Mend project.yaml, push the project, and release it again.",
    "ObjectMissingError": "Find out who removed the object; earlier versions are kept.",
    "WriteOnceError": "Something wrote other content under the same name; please report it.",
    "MaxRuntimeExceeded": (
        "Make the training script faster, or raise training.max_runtime_minutes in project.yaml; "
        "then push the project, and release it again."
    ),
    "Stopped": "Somebody stopped the job. Release the project again when it may go on.",
    "TIMED_OUT": "The execution ran out of time: look at its last step, then release again.",
    "ABORTED": "Somebody stopped the execution. Release the project again when it may go on.",
}
OUT_OF_MEMORY = ("Runtime.OutOfMemory", "signal: killed", "MemoryError")
MORE_MEMORY = "There was too little memory: raise MemorySize or instance_type, or upload less."


@dataclass(frozen=True)
class Breakage:
    """The innermost error: its name, what it says, where it happened, and the last log lines."""

    error: str
    message: str
    where: str = ""
    lines: tuple[str, ...] = ()
    log: str = ""
    kind: str = ""


def breakage_reason(error: str | None, cause: str | None) -> Reason:
    """Return the reason of a broken run: the innermost error, its last lines, and what to do."""
    found = innermost(error or "unknown error", cause or "")
    where = f" in {found.where}" if found.where else ""
    message = f"{found.error}{where}: {found.message or 'no cause was given'}"
    logs = f" Logs: {found.log}." if found.log else ""
    return Reason(
        code="release_broken",
        subject=found.where,
        message=message[:MOST_CHARACTERS],
        examples=found.lines,
        advice=f"{_advice(found)}{logs}",
    )


def innermost(error: str, cause: str, depth: int = MOST_DEPTH) -> Breakage:
    """Follow the causes of child executions down to the error that began it."""
    document = _parsed(cause)
    if document is None:
        return Breakage(error, " ".join(cause.split()))
    for mark, read in _READERS.items():
        if mark in document:
            return read(error, document, depth)
    return Breakage(error, " ".join(cause.split()))


def _parsed(cause: str) -> Mapping[str, Any] | None:
    try:
        document = json.loads(cause)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _of_job(error: str, job: Mapping[str, Any], _: int) -> Breakage:
    """Read a SageMaker training job (DescribeTrainingJob)."""
    name = str(job["TrainingJobName"])
    status = str(job.get("TrainingJobStatus", "Failed"))
    how = str(job.get("SecondaryStatus") or status)
    ending = status if how == status else f"{status} ({how})"
    reason = str(job.get("FailureReason") or f"the job ended as {ending}")
    return Breakage(
        error=error if error != "States.TaskFailed" else "TrainingFailed",
        message=" ".join(reason.split()),
        where=f"training job {name}",
        log=f"group /aws/sagemaker/TrainingJobs, streams that start with {name}",
        kind=how if how in ADVICE else "training",
    )


def _of_function(error: str, answer: Mapping[str, Any], _: int) -> Breakage:
    """Read the error of a Lambda function."""
    trace = [line for entry in answer.get("stackTrace") or () for line in str(entry).splitlines()]
    request = answer.get("requestId")
    return Breakage(
        error=str(answer.get("errorType") or error),
        message=str(answer["errorMessage"]),
        lines=tuple(line.strip() for line in trace[-MOST_TRACE_LINES:]),
        log=f"the lines of request {request}" if request else "",
    )


def _of_execution(error: str, child: Mapping[str, Any], depth: int) -> Breakage:
    """Read a child execution (DescribeExecution): what broke it is what broke the run."""
    arn = str(child.get("ExecutionArn", ""))
    status = str(child.get("Status", "FAILED"))
    own_error = str(child.get("Error") or (error if status == "FAILED" else status))
    own_cause = str(child.get("Cause") or "")
    if depth <= 0:
        return Breakage(own_error, own_cause, where=arn)
    found = innermost(own_error, own_cause, depth - 1)
    return replace(found, where=found.where or _machine_of(arn))


_READERS: dict[str, Callable[[str, Mapping[str, Any], int], Breakage]] = {
    "TrainingJobName": _of_job,
    "ExecutionArn": _of_execution,
    "errorMessage": _of_function,
}


def _machine_of(arn: str) -> str:
    """Return the machine's name of `arn:...:execution:<machine>:<name>`."""
    return arn.split(":")[-2] if arn.count(":") > 1 else arn


def _advice(found: Breakage) -> str:
    told = (found.error, found.message)
    if any(mark in text for mark in OUT_OF_MEMORY for text in told):
        return MORE_MEMORY
    return ADVICE.get(found.error) or ADVICE.get(found.kind) or RETRY
