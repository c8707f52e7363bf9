"""The state AssembleDataset."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.assemble_dataset import Request, assemble_dataset
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Write `assembled/<project>/<run>.parquet` once; labels that come later do not change it."""
    return assemble_dataset(
        Request.model_validate(event),
        objects=bootstrap.object_store(),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        ledger=bootstrap.ledger(),
        receipts=bootstrap.receipts(),
        tables=bootstrap.tables(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
