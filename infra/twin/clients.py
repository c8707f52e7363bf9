"""boto3 for the twin: sessions and clients that can reach nothing but its endpoint."""

from threading import Lock
from typing import Any, Final  # boto3 clients are built at run time and have no static types

import boto3
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.session import Session

# One for all sessions: the description of a service is read from disk once, not by each session.
_LOADER: Final = create_loader()
_CONFIG = Config(retries={"max_attempts": 0}, max_pool_connections=50, read_timeout=910)


class EndpointSession(boto3.Session):  # type: ignore[misc]  # boto3 has no types
    """A session whose clients all call one endpoint, whatever the environment says."""

    def __init__(self, *, endpoint_url: str, access_key: str, secret_key: str, region: str) -> None:
        """Sign with this key, call this endpoint."""
        core = Session()
        core.register_component("data_loader", _LOADER)
        super().__init__(
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            botocore_session=core,
        )
        self.endpoint_url = endpoint_url

    def client(self, service_name: str, *args: Any, **kwargs: Any) -> Any:
        """A client for the endpoint."""
        kwargs["endpoint_url"] = self.endpoint_url
        return super().client(service_name, *args, **kwargs)

    def resource(self, service_name: str, *args: Any, **kwargs: Any) -> Any:
        """A resource for the endpoint."""
        kwargs["endpoint_url"] = self.endpoint_url
        return super().resource(service_name, *args, **kwargs)


class Clients:
    """A cache of one session's clients: creating one costs tens of milliseconds."""

    def __init__(self, session: EndpointSession) -> None:
        """Clients of this session."""
        self._session = session
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def client(self, service: str) -> Any:
        """The client of a service, such as ``s3``."""
        with self._lock:
            if service not in self._made:
                self._made[service] = self._session.client(service, config=_CONFIG)
            return self._made[service]
