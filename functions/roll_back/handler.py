"""POST /projects/{project}/rollback."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap, http
from loopwright.steps.promote_model import Verifier
from loopwright.steps.roll_back import Result, read_request, roll_back
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Let an earlier champion answer again."""
    return http.respond(event, _roll_back)


def _roll_back(api: http.ApiRequest) -> Result:
    return roll_back(
        read_request(api.project, api.body, api.actor),
        ledger=bootstrap.ledger(),
        lineage=bootstrap.lineage(),
        event_bus=bootstrap.event_bus(),
        verifier=Verifier(
            models=bootstrap.models(),
            endpoint=bootstrap.endpoint(),
            clock=bootstrap.clock(),
            sleep=time.sleep,
            pointer_ttl_seconds=bootstrap.serving_settings().pointer_ttl_seconds,
        ),
        clock=bootstrap.clock(),
    )
