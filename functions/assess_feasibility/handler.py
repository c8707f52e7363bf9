"""The state AssessFeasibility."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap
from loopwright.steps.assess_feasibility import Request, assess_feasibility
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Try simple learners on a bounded sample of the training rows, and judge what they find."""
    return assess_feasibility(
        Request.model_validate(event),
        specs=bootstrap.specs(),
        datasets=bootstrap.datasets(),
        objects=bootstrap.object_store(),
        tables=bootstrap.tables(),
        learner=bootstrap.learner(),
        evidence=bootstrap.evidence(),
        lineage=bootstrap.lineage(),
        clock=bootstrap.clock(),
        host=context,
    ).model_dump(mode="json")
