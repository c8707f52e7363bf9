"""The states PublishRun and PublishBrokenRun."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.publish_run import Request, publish_run
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Close a run, write its report and announce its end."""
    return publish_run(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        evidence=bootstrap.evidence(),
        ledger=bootstrap.ledger(),
        events=bootstrap.event_bus(),
        reports=bootstrap.reports(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
