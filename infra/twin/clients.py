"""boto3 clients for the twin, made once each: creating one costs tens of milliseconds."""

from threading import Lock
from typing import Any  # boto3 clients are built at run time and have no static types

import boto3
from botocore.config import Config

_CONFIG = Config(retries={"max_attempts": 0}, max_pool_connections=50, read_timeout=910)


class Clients:
    """A cache of clients that speak to one endpoint as one identity."""

    def __init__(self, session: boto3.Session, endpoint_url: str) -> None:
        """Clients of this session that call this endpoint."""
        self._session = session
        self._endpoint_url = endpoint_url
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def client(self, service: str) -> Any:  # noqa: ANN401 - see the import of Any
        """The client of a service, such as ``s3``."""
        with self._lock:
            if service not in self._made:
                self._made[service] = self._session.client(
                    service, endpoint_url=self._endpoint_url, config=_CONFIG
                )
            return self._made[service]
