"""The Runtime API and the plain worker, face to face in one process."""

import gc
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from infra.twin.nursery import import_pure_packages
from infra.twin.plain_worker import run
from infra.twin.runtime_api import RuntimeApi, RuntimeEvent

VARIABLES = ("NAME", "VERSION", "MEMORY_SIZE")
HANDLERS = """
def good(event, context):
    return {"event": event, "arn": context.invoked_function_arn, "id": context.aws_request_id}


def bad(event, context):
    raise KeyError("colour")


def unserialisable(event, context):
    return object()
"""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimeApi]:
    """A Runtime API, and handlers that can be imported."""
    (tmp_path / "some_handlers.py").write_text(HANDLERS)
    monkeypatch.syspath_prepend(tmp_path)
    for name in VARIABLES:
        monkeypatch.setenv(f"AWS_LAMBDA_FUNCTION_{name}", "1")
    monkeypatch.setenv("AWS_LAMBDA_LOG_GROUP_NAME", "g")
    monkeypatch.setenv("AWS_LAMBDA_LOG_STREAM_NAME", "s")
    yield RuntimeApi()
    sys.modules.pop("some_handlers", None)


def answers_of(api: RuntimeApi, handler: str, payloads: list[bytes]) -> list[tuple[str, object]]:
    """Serve these events with a plain worker: kind and body of each answer."""
    with ThreadPoolExecutor(1) as thread:
        worker = thread.submit(run, handler, api.address)
        answers: list[tuple[str, object]] = []
        for index, payload in enumerate(payloads):
            api.offer(RuntimeEvent(f"r-{index}", payload, "arn:f", 3.0))
            answer = api.answers.get(timeout=10)
            answers.append((answer.kind, json.loads(answer.body)))
        api.close()
        code = worker.result(10)

    assert code == 0
    return answers


def test_events_are_answered_in_turn(api: RuntimeApi) -> None:
    """Until the API closes."""
    answers = answers_of(api, "some_handlers.good", [b"1", b'{"a": null}'])

    assert answers == [
        ("response", {"event": 1, "arn": "arn:f", "id": "r-0"}),
        ("response", {"event": {"a": None}, "arn": "arn:f", "id": "r-1"}),
    ]


@pytest.mark.parametrize(
    ("handler", "error_type"), [("bad", "KeyError"), ("unserialisable", "TypeError")]
)
def test_an_error_does_not_end_the_worker(api: RuntimeApi, handler: str, error_type: str) -> None:
    """The next event is served too."""
    answers = answers_of(api, f"some_handlers.{handler}", [b"1", b"2"])

    assert [(kind, body["errorType"]) for kind, body in answers if isinstance(body, dict)] == [
        ("error", error_type),
        ("error", error_type),
    ]


def test_a_handler_that_cannot_be_imported_is_an_init_error(api: RuntimeApi) -> None:
    """Told before any event is taken."""
    code = run("nowhere.handler", api.address)
    answer = api.answers.get(timeout=5)
    api.close()

    assert (code, answer.kind) == (1, "init_error")
    assert json.loads(answer.body)["errorType"] == "ModuleNotFoundError"


def test_a_caller_that_goes_away_is_no_news(
    api: RuntimeApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed sandbox breaks its connection."""
    connection = HTTPConnection(api.address)
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    api.is_ready.wait(5)
    connection.close()
    api.close()

    assert capsys.readouterr().err == ""


def test_pure_packages_come_from_the_deployed_layer(tmp_path: Path) -> None:
    """The path begins with the layers, as in the children."""
    path = ["after"]
    import_pure_packages([str(tmp_path)], path)
    gc.unfreeze()

    assert path == [str(tmp_path), "after"]
    assert "loopwright.domain" in sys.modules
