"""The state CheckBucket."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.check_bucket import Request, check_bucket
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Compare what all batches hold of one hash bucket; a second time stores the same bytes."""
    return check_bucket(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        tables=bootstrap.tables(),
    ).model_dump(mode="json")
