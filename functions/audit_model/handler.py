"""The state AuditModel."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.audit_model import Request, audit_model
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit the counts of the evaluation; publish DisparityDetected when one is a violation."""
    return audit_model(
        Request.model_validate(event),
        specs=bootstrap.specs(),
        evidence=bootstrap.evidence(),
        lineage=bootstrap.lineage(),
        events=bootstrap.event_bus(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
