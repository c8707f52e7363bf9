"""GET /projects/{project}."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap, http
from loopwright.steps.show_project import Request, show_project
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Show the state of a project."""
    return http.respond(
        event,
        lambda api: show_project(
            Request(project=api.project),
            ledger=bootstrap.ledger(),
            windows=bootstrap.windows(),
        ),
    )
