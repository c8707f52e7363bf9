"""The state ProfilePart."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.profile_part import Request, profile_part
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Count the batch and store what was counted; a second time stores the same bytes."""
    return profile_part(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        tables=bootstrap.tables(),
    ).model_dump(mode="json")
