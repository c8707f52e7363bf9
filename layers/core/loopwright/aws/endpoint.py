"""The public prediction path, called over HTTP and signed as a client would."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from loopwright.aws.clients import translated
from loopwright.errors import ServiceError

_TIMEOUT_SECONDS = 20.0
_OK = 200


class HttpEndpoint:
    """The stack's HTTP API; its address is read when it is first needed."""

    def __init__(self, address: Callable[[], str]) -> None:
        """Call the API at `address()`."""
        self._address = address
        self._http = urllib3.PoolManager(retries=False)
        self._session = boto3.Session()

    def predict(self, project: str, instances: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """POST a probe prediction; return the answer's JSON; ServiceError on any failure."""
        url = f"{self._address().rstrip('/')}/projects/{project}/predictions"
        body = json.dumps({"instances": list(instances)}).encode()
        headers = {"content-type": "application/json", "x-loopwright-probe": "1"}
        request = AWSRequest("POST", url, data=body, headers=headers)
        with translated(f"POST {url}"):
            credentials = self._session.get_credentials()
            SigV4Auth(credentials, "execute-api", self._session.region_name).add_auth(request)
        return self._send(url, body, dict(request.headers))

    def _send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = self._http.request(
                "POST", url, body=body, headers=headers, timeout=_TIMEOUT_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            message = f"POST {url}: {error}"
            raise ServiceError(message) from error
        if answer.status != _OK:
            message = f"POST {url}: status {answer.status}: {answer.data[:500]!r}"
            raise ServiceError(message)
        found: dict[str, Any] = json.loads(answer.data)
        return found


def parameter_reader(ssm: Any, name: str) -> Callable[[], str]:
    """Return a function that reads an SSM parameter."""

    def read() -> str:
        with translated(f"get_parameter {name}"):
            return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])

    return read
