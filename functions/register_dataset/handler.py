"""The state RegisterDataset."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.register_dataset import Request, register_dataset
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Open the run and plan how its upload is read, or take the version that was asked for."""
    return register_dataset(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        ledger=bootstrap.ledger(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
