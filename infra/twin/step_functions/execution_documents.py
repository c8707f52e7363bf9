"""What DescribeExecution answers and what the status change event says of an execution."""

import json
from typing import Any  # moto's executions are untyped

from moto.stepfunctions.parser.api import ExecutionStatus

from infra.twin.step_functions.shapes import compact_json, epoch_milliseconds


def status_detail(execution: Any, status: ExecutionStatus) -> dict[str, Any]:
    """The detail of the status change event, as EventBridge documents it."""
    succeeded = status == ExecutionStatus.SUCCEEDED
    stopped = execution.stop_date
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": status.value,
        "startDate": epoch_milliseconds(execution.start_date),
        "stopDate": epoch_milliseconds(stopped) if stopped else None,
        "input": execution.execution_input or "{}",
        "output": compact_json(execution.output) if succeeded else None,
        "inputDetails": {"included": True},
        "outputDetails": {"included": True} if succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
    }


def describe(execution: Any) -> dict[str, Any]:
    """The answer of DescribeExecution, without the members that have no value."""
    status = execution.exec_status or ExecutionStatus.RUNNING
    succeeded = status == ExecutionStatus.SUCCEEDED
    answer = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": status.value,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date if status != ExecutionStatus.RUNNING else None,
        "input": execution.execution_input or "{}",
        "inputDetails": {"included": True},
        "output": json.dumps(execution.output) if succeeded else None,
        "outputDetails": {"included": True} if succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    return {key: value for key, value in answer.items() if value is not None}
