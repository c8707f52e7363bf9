"""The state ReadPart."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.read_part import Request, read_part
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Read one batch of files into parts that wait in `staging/`; again stores the same."""
    return read_part(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        tables=bootstrap.tables(),
    ).model_dump(mode="json")
