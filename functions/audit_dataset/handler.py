"""The state AuditDataset."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.audit_dataset import Request, audit_dataset
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Audit all training rows: group sizes and base rates of each protected attribute."""
    return audit_dataset(
        Request.model_validate(event),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        objects=bootstrap.object_store(),
        tables=bootstrap.tables(),
        evidence=bootstrap.evidence(),
        lineage=bootstrap.lineage(),
        clock=bootstrap.clock(),
    ).model_dump(mode="json")
