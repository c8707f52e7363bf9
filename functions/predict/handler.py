"""POST /projects/{project}/predictions."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap, http
from loopwright.steps.predict import Champions, Request, Result, predict
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a prediction request."""
    return http.respond(event, _predict)


def _predict(api: http.ApiRequest) -> Result:
    return predict(
        Request(
            project=api.project, body=api.body, actor=api.actor, receipt=api.id, probe=api.probe
        ),
        champion=_champions().champion,
        receipts=bootstrap.receipts(),
        clock=bootstrap.clock(),
        limits=bootstrap.serving_settings(),
    )


@cache
def _champions() -> Champions:
    return Champions(
        ledger=bootstrap.ledger(),
        models=bootstrap.models(),
        scorers=bootstrap.scorers(),
        clock=bootstrap.clock(),
        pointer_ttl_seconds=bootstrap.serving_settings().pointer_ttl_seconds,
    )
