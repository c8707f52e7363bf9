"""The state AssessRetraining."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.assess_retraining import Request, assess_retraining
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Rule on a request to retrain."""
    return assess_retraining(
        Request.model_validate(event),
        ledger=bootstrap.ledger(),
        specs=bootstrap.specs(),
        receipts=bootstrap.receipts(),
        windows=bootstrap.windows(),
        objects=bootstrap.object_store(),
        event_bus=bootstrap.event_bus(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
