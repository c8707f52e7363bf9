"""GET /projects/{project}/receipts/{receipt}."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap, http
from loopwright.steps.show_receipt import Request, show_receipt
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Show a receipt, and compute its predictions again."""
    return http.respond(
        event,
        lambda api: show_receipt(
            Request(project=api.project, receipt=api.path["receipt"]),
            receipts=bootstrap.receipts(),
            models=bootstrap.models(),
            scorers=bootstrap.scorers(),
        ),
    )
