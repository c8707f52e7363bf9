"""The runtime in plain Python, without its sockets."""

import json
import sys
from pathlib import Path

import pytest

from infra.twin.plain_worker import PlainContext, error_body, load_handler


def test_a_handler_is_named_by_module_and_attribute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slashes separate packages, as in a template."""
    (tmp_path / "plain_package").mkdir()
    (tmp_path / "plain_package" / "app.py").write_text("def run(event, context): return event")
    monkeypatch.syspath_prepend(tmp_path)
    handler = load_handler("plain_package/app.run")
    context = PlainContext("r", "arn", 0, "f", "1", "128", "g", "s")

    assert handler({"a": 1}, context) == {"a": 1}
    assert context.get_remaining_time_in_millis() == 0
    del sys.modules["plain_package.app"]


def test_an_error_is_reported_as_lambda_does() -> None:
    """Message, type and stack."""
    with pytest.raises(ValueError, match="property name") as raised:
        json.loads("{")
    report = json.loads(error_body(raised.value))

    assert report["errorType"] == "JSONDecodeError"
    assert "Expecting property name" in report["errorMessage"]
    assert report["stackTrace"]
