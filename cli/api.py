"""The stack's HTTP API, called as the person who typed the command."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli.failures import CommandError

_TIMEOUT_SECONDS = 60.0
_FIRST_ERROR = 400


class Api:
    """Signed requests to the API; an answer of 400 or more is a CommandError."""

    def __init__(self, url: str) -> None:
        """Speak to the API at `url`."""
        self._url = url.rstrip("/")
        self._http = urllib3.PoolManager(retries=False)
        self._session = boto3.Session()

    def get(self, path: str) -> dict[str, Any]:
        """GET a path."""
        return self._send("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST a JSON body to a path."""
        return self._send("POST", path, json.dumps(dict(body)).encode())

    def _send(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        url = f"{self._url}{path}"
        request = AWSRequest(method, url, data=body, headers={"content-type": "application/json"})
        region = self._session.region_name
        SigV4Auth(self._session.get_credentials(), "execute-api", region).add_auth(request)
        try:
            answer = self._http.request(
                method, url, body=body, headers=dict(request.headers), timeout=_TIMEOUT_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            message = f"{method} {url}: {error}"
            raise CommandError(message) from error
        if answer.status >= _FIRST_ERROR:
            raise CommandError(_problem(method, path, answer.status, answer.data))
        found: dict[str, Any] = json.loads(answer.data)
        return found


def _problem(method: str, path: str, status: int, body: bytes) -> str:
    """Return a problem document as lines a person can read."""
    try:
        problem = json.loads(body)
    except ValueError:
        return f"{method} {path}: status {status}: {body[:500]!r}"
    lines = [f"{problem.get('title', status)}: {problem.get('detail', problem)}"]
    for error in problem.get("errors", []):
        named = [key for key in ("instance", "field") if error.get(key) is not None]
        place = ", ".join(f"{key} {error[key]}" for key in named)
        lines.append(f"- {place}: {error.get('detail', '')}")
    return "\n".join(lines)
