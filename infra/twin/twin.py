"""The offline stack on one machine: moto behind one loopback port, bridged where it has gaps."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self  # an OpenAPI body is any JSON value

from infra.twin.bridge import ACCOUNT_ID, DEFAULT_REGION, Bridge, TwinContext
from infra.twin.bucket_policies import BucketPoliciesBridge
from infra.twin.clients import Clients, EndpointSession
from infra.twin.clock import VirtualClock
from infra.twin.cloudformation.deploy import deploy
from infra.twin.cloudformation.moto_models import install_types
from infra.twin.cloudformation.resource import Deployment
from infra.twin.errors import TwinError, TwinTimeoutError
from infra.twin.http_api import ApiSettings, HttpApiGateway
from infra.twin.http_server import HttpApiServer
from infra.twin.identities import Identity, create_identity, function_identity
from infra.twin.lambda_runtime import LambdaRuntime
from infra.twin.loop_bridges import loop_bridges
from infra.twin.moto_server import moto_server
from infra.twin.registry import HttpApi, Registry
from infra.twin.sandbox import Runtime
from infra.twin.seams import Seams
from infra.twin.translate import translate

DEFAULT_USER = "twin-user"
SECOND_USER = "twin-approver"
_IDLE_CHECKS = 3
_IDLE_INTERVAL_S = 0.03
_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Twin:
    """Use as a context manager, then ``up(template)``; nothing of it is left afterwards.

    moto keeps its state in the process, so there is at most one twin in a process at a time.
    """

    _is_running = False

    def __init__(
        self,
        *,
        state_directory: Path | None = None,
        runtime: Runtime = "awslambdaric",
        bridges: Sequence[Bridge] | None = None,
        region: str = DEFAULT_REGION,
        api_port: int = 0,
    ) -> None:
        """Bridges default to all of the loop's; the state directory to a temporary one."""
        self._given_directory = state_directory
        self._functions = LambdaRuntime(runtime)
        loop = loop_bridges() if bridges is None else bridges
        self._bridges: tuple[Bridge, ...] = (self._functions, BucketPoliciesBridge(), *loop)
        self._region = region
        self._api_port = api_port
        self._apis: list[HttpApiServer] = []
        self._stack = ExitStack()
        self.identities: dict[str, Identity] = {}
        self.outputs: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Start moto and install the bridges; no stack yet."""
        if Twin._is_running:
            message = "a twin is running in this process already; moto can carry only one"
            raise TwinError(message)
        with ExitStack() as stack:
            Twin._is_running = True
            stack.callback(setattr, Twin, "_is_running", False)
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def _start(self, stack: ExitStack) -> None:
        folder = self._given_directory or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="loopwright-twin-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.endpoint_url = stack.enter_context(moto_server(self._region))
        clock_file = folder / "clock.json"
        self.clock = VirtualClock(clock_file)
        root = EndpointSession(
            endpoint_url=self.endpoint_url,
            access_key="twin-root",
            secret_key="twin-root",  # noqa: S106 - nothing checks it; moto wants some value
            region=self._region,
        )
        seams = Seams()
        stack.callback(seams.undo)
        self.context = TwinContext(
            endpoint_url=self.endpoint_url,
            region=self._region,
            account_id=ACCOUNT_ID,
            state_directory=folder,
            clock=self.clock,
            clock_file=clock_file,
            clients=Clients(root),
            registry=Registry(),
            functions=self._functions,
            seams=seams,
        )
        stack.callback(self._close_apis)
        for bridge in self._bridges:
            bridge.install(self.context)
            stack.callback(bridge.stop)
        iam = self.context.clients.client("iam")
        for name in (DEFAULT_USER, SECOND_USER):
            self.identities[name] = create_identity(iam, name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything: bridges, processes, servers, moto."""
        self._stack.__exit__(kind, error, traceback)

    def up(
        self,
        template_path: Path,
        parameters: Mapping[str, str] = _NO_PARAMETERS,
        *,
        stack_name: str = "loopwright",
    ) -> dict[str, str]:
        """Deploy the template as it is and start the bridges; the stack's outputs."""
        translation = translate(template_path, region=self._region)
        deployment = Deployment(self.context, translation, self._start_api)
        install_types(deployment)
        self.outputs = deploy(deployment, stack_name, parameters)
        for bridge in self._bridges:
            bridge.start()
        return self.outputs

    def _start_api(self, api_id: str, body: Mapping[str, Any]) -> str:
        settings = ApiSettings(api_id, self._region, ACCOUNT_ID)
        gateway = HttpApiGateway(
            body, settings, invoke=self._functions.invoke, find_identity=self._find_identity
        )
        port = self._api_port if not self._apis else 0
        server = HttpApiServer(gateway, port)
        self._apis.append(server)
        name = str(body.get("info", {}).get("title", api_id))
        self.context.registry.http_apis.append(HttpApi(api_id, name, server.endpoint_url))
        return server.endpoint_url

    def _find_identity(self, access_key: str) -> Identity | None:
        known = (each for each in self.identities.values() if each.access_key == access_key)
        return next(known, None) or function_identity(access_key)

    def _close_apis(self) -> None:
        for server in self._apis:
            server.close()

    @property
    def api_url(self) -> str:
        """The address of the stack's first HTTP API."""
        return self.context.registry.http_apis[0].endpoint_url

    def session(self, user_name: str = DEFAULT_USER) -> EndpointSession:
        """A boto3 session of one of the twin's users; its clients call nothing but the twin."""
        return self.identities[user_name].session(self.endpoint_url, self._region)

    def _busy(self) -> list[str]:
        return [type(each).__name__ for each in self._bridges if not each.is_idle()]

    def is_idle(self) -> bool:
        """Whether nothing is queued or running at this moment; ``drain`` waits for it to last."""
        return not self._busy()

    def drain(self, timeout_s: float = 60.0) -> None:
        """Wait until nothing is queued or running anywhere; raises TwinTimeoutError, which names
        what is.
        """
        deadline = time.monotonic() + timeout_s
        idle_checks = 0
        while idle_checks < _IDLE_CHECKS:
            busy = self._busy()
            idle_checks = 0 if busy else idle_checks + 1
            if busy and time.monotonic() > deadline:
                message = f"still busy after {timeout_s:.0f} s: {', '.join(busy)}"
                raise TwinTimeoutError(message)
            time.sleep(_IDLE_INTERVAL_S)
