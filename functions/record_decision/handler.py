"""POST /projects/{project}/runs/{run}/decision."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap, http
from loopwright.steps.record_decision import Result, read_request, record_decision
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Record a person's decision about a candidate."""
    return http.respond(event, _record)


def _record(api: http.ApiRequest) -> Result:
    return record_decision(
        read_request(api.project, api.path["run"], api.body, api.actor),
        ledger=bootstrap.ledger(),
        task_tokens=bootstrap.task_tokens(),
        clock=bootstrap.clock(),
    )
