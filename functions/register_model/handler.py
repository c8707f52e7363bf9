"""The state RegisterModel."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.register_model import Request, register_model
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Verify what a training job made, and store it as a model version."""
    return register_model(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        models=bootstrap.models(),
        evidence=bootstrap.evidence(),
        ledger=bootstrap.ledger(),
        lineage=bootstrap.lineage(),
        event_bus=bootstrap.event_bus(),
        scorers=bootstrap.scorers(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
