"""POST /projects/{project}/labels, and files under `labels/<project>/`."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from loopwright import bootstrap, http
from loopwright.steps.record_labels import Request, Result, record_labels, request_of_file
from loopwright.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join the labels of a request or of an uploaded file to their receipts."""
    return http.respond_or_run(event, _sent, _uploaded)


def _sent(api: http.ApiRequest) -> Result:
    return _record(Request(project=api.project, actor=api.actor, body=api.body))


def _uploaded(event: Mapping[str, Any]) -> Result:
    return _record(request_of_file(event))


def _record(request: Request) -> Result:
    return record_labels(
        request,
        receipts=bootstrap.receipts(),
        models=bootstrap.models(),
        objects=bootstrap.object_store(),
        clock=bootstrap.clock(),
        max_body_bytes=bootstrap.serving_settings().max_body_bytes,
    )
