"""The state ValidateDataset."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.validate_dataset import Request, validate_dataset
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Merge the profile, check the contract over all rows, and store the verdict once."""
    return validate_dataset(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        evidence=bootstrap.evidence(),
        lineage=bootstrap.lineage(),
        ledger=bootstrap.ledger(),
        catalog=bootstrap.catalog(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
