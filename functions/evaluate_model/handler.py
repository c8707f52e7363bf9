"""The state EvaluateModel."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.evaluate_model import Request, evaluate_model
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Score candidate and champion on the same sealed rows, and store the comparison."""
    return evaluate_model(
        Request.model_validate(event),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        models=bootstrap.models(),
        objects=bootstrap.object_store(),
        tables=bootstrap.tables(),
        scorers=bootstrap.scorers(),
        ledger=bootstrap.ledger(),
        evidence=bootstrap.evidence(),
        lineage=bootstrap.lineage(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
