"""The rule on executions that failed, ran out of time or were aborted."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.close_run import Request, close_run
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Close what the execution left open."""
    machines = bootstrap.machine_settings()
    return close_run(
        Request.model_validate(event["detail"]),
        release_machine=machines.release_machine,
        retraining_machine=machines.retraining_machine,
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        evidence=bootstrap.evidence(),
        ledger=bootstrap.ledger(),
        events=bootstrap.event_bus(),
        reports=bootstrap.reports(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
