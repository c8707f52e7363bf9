"""The state AssessDrift."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.assess_drift import Request, assess_drift
from loopwright.steps.observe_predictions import WatchedModels
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Assess the open window of a project's champion."""
    return assess_drift(
        Request.model_validate(event),
        ledger=bootstrap.ledger(),
        watched=WatchedModels(models=bootstrap.models(), specs=bootstrap.specs()),
        windows=bootstrap.windows(),
        objects=bootstrap.object_store(),
        lineage=bootstrap.lineage(),
        metrics=bootstrap.metrics(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
