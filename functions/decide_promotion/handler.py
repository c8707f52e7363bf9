"""The state DecidePromotion."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.decide_promotion import Request, decide_promotion
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Hold every number against its limit, and store the decision with all it rests on."""
    return decide_promotion(
        Request.model_validate(event),
        specs=bootstrap.specs(),
        objects=bootstrap.object_store(),
        evidence=bootstrap.evidence(),
        lineage=bootstrap.lineage(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
