"""The state VersionDataset."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.version_dataset import Request, version_dataset
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Make one version of the batches that were read; a version that is there is used again."""
    return version_dataset(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        ledger=bootstrap.ledger(),
        catalog=bootstrap.catalog(),
        lineage=bootstrap.lineage(),
        events=bootstrap.event_bus(),
        clock=bootstrap.clock(),
        external_tables=bootstrap.external_tables(),
    ).model_dump(mode="json")
