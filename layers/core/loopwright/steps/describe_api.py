"""Describe the HTTP API: one row per route, in the words of the steps that serve it."""

from typing import Any

from loopwright.domain.api import Route, openapi
from loopwright.steps import predict, record_decision, record_labels, roll_back
from loopwright.steps import show_project as project
from loopwright.steps import show_receipt as receipt

API_VERSION = "1"
ROUTES = (
    Route(
        "post",
        "/projects/{project}/predictions",
        "Predict",
        "Answer instances with the champion, and keep a receipt",
        predict.Result,
        predict.Body,
        ("400", "404", "413"),
    ),
    Route(
        "post",
        "/projects/{project}/labels",
        "RecordLabels",
        "Join true outcomes to receipts",
        record_labels.Result,
        record_labels.Body,
        ("400", "413"),
    ),
    Route(
        "get",
        "/projects/{project}/receipts/{receipt}",
        "ShowReceipt",
        "Show a receipt, and compute its predictions again",
        receipt.Result,
        refusals=("404",),
    ),
    Route(
        "get",
        "/projects/{project}",
        "ShowProject",
        "Show who answers, what ran last and what is watched",
        project.Result,
        refusals=("404",),
    ),
    Route(
        "post",
        "/projects/{project}/runs/{run}/decision",
        "RecordDecision",
        "Approve or refuse the candidate of a run that waits",
        record_decision.Result,
        record_decision.Body,
        ("400", "409"),
    ),
    Route(
        "post",
        "/projects/{project}/rollback",
        "RollBack",
        "Let an earlier champion answer again",
        roll_back.Result,
        roll_back.Body,
        ("400", "404", "409"),
    ),
    Route("get", "/openapi.json", "DescribeApi", "Describe this API", None),
)


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return openapi(ROUTES, version=API_VERSION)
