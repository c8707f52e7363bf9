"""The state PromoteModel."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.promote_model import Request, Verifier, promote_model
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Make a candidate the champion, and prove that it answers."""
    return promote_model(
        Request.model_validate(event),
        ledger=bootstrap.ledger(),
        lineage=bootstrap.lineage(),
        evidence=bootstrap.evidence(),
        event_bus=bootstrap.event_bus(),
        verifier=Verifier(
            models=bootstrap.models(),
            endpoint=bootstrap.endpoint(),
            clock=bootstrap.clock(),
            sleep=time.sleep,
            pointer_ttl_seconds=bootstrap.serving_settings().pointer_ttl_seconds,
        ),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
