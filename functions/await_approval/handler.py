"""The state AwaitApproval."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.await_approval import Request, await_approval
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ask a person to decide about a candidate."""
    return await_approval(
        Request.model_validate(event),
        ledger=bootstrap.ledger(),
        event_bus=bootstrap.event_bus(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
