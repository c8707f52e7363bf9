"""The stream of the receipts table."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.observe_predictions import Request, WatchedModels, observe_predictions
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Count a batch of the stream once."""
    result = observe_predictions(
        Request.model_validate(event),
        receipts=bootstrap.receipts(),
        windows=bootstrap.windows(),
        watched=_watched(),
        event_bus=bootstrap.event_bus(),
        clock=bootstrap.clock(),
    )
    logger.info("counted", extra={"rows": result.rows, "problem": result.problem})
    return result.model_dump(mode="json")


@cache
def _watched() -> WatchedModels:
    return WatchedModels(models=bootstrap.models(), specs=bootstrap.specs())
