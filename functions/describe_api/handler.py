"""GET /openapi.json."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import http
from loopwright.steps.describe_api import describe_api
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Describe the API."""
    return http.respond(event, lambda _: describe_api())
