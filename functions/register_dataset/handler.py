"""The state RegisterDataset."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.register_dataset import Request, register_dataset
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Read, digest, split and store an upload once; a version that is there is used again."""
    return register_dataset(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        ledger=bootstrap.ledger(),
        lineage=bootstrap.lineage(),
        events=bootstrap.event_bus(),
        tables=bootstrap.tables(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
