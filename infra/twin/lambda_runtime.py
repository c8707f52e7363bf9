"""Run the deployed functions for real: moto keeps them, a pool of sandboxes executes them.

moto would start Docker; this bridge replaces ``LambdaFunction._invoke_lambda`` by an invocation
in a sandbox, and ``LambdaBackend.invoke`` so that asynchronous invocations are queued, tried
again and, at the end, sent to their failure destination.
"""

import json
from collections.abc import Mapping
from typing import Any  # objects of moto, and events that are any JSON value
from uuid import uuid4

from infra.twin.bridge import Invocation, TwinContext
from infra.twin.destinations import send_to_destination
from infra.twin.function_logs import write_function_logs
from infra.twin.function_specs import FunctionSpecs
from infra.twin.later_invocations import LaterInvocations, LaterTarget
from infra.twin.processes import FreshLauncher, Launcher, default_launcher
from infra.twin.sandbox import FunctionSpec, Runtime, Sandbox
from infra.twin.sandbox_environment import sandbox_environment
from infra.twin.sandbox_pool import SandboxPool

_INVOKE_PARAMETERS = (
    "self",
    "function_name",
    "qualifier",
    "body",
    "headers",
    "response_headers",
)


class LambdaRuntime:
    """The bridge, and the way in that other bridges use."""

    def __init__(self, runtime: Runtime = "awslambdaric") -> None:
        """Functions run under this runtime; ``plain`` needs no binary wheel."""
        self._runtime: Runtime = runtime
        self._launcher: Launcher | None = None
        self._pool = SandboxPool(self._start_sandbox)
        self._later = LaterInvocations(invoke=self._invoke_as, send=self._send)
        self._specs = FunctionSpecs()
        self._context: TwinContext | None = None

    @property
    def context(self) -> TwinContext:
        """The twin; there is one from ``install`` on."""
        if self._context is None:
            message = "the Lambda runtime is used before it is installed"
            raise RuntimeError(message)
        return self._context

    def install(self, context: TwinContext) -> None:
        """Replace moto's Docker runner and its way of asynchronous invocation."""
        from moto.awslambda.models import LambdaBackend, LambdaFunction

        self._context = context
        self._launcher = default_launcher()
        runtime = self

        def invoke_lambda(self: Any, event: Any = None) -> tuple[str, bool, str]:
            outcome = runtime.run(self, json.dumps(event).encode(), str(uuid4()))
            return outcome.payload.decode(), not outcome.succeeded, outcome.logs

        def invoke(
            self: Any,
            function_name: str,
            qualifier: str | None,
            body: Any,
            headers: Any,
            response_headers: Any,
        ) -> Any:
            if headers.get("X-Amz-Invocation-Type") == "Event":
                arn = _qualified_arn(self, function_name, qualifier)
                runtime.invoke_later(arn, _as_bytes(body))
                return b""
            answer = original(self, function_name, qualifier, body, headers, response_headers)
            if "x-amz-function-error" in response_headers:
                response_headers["x-amz-function-error"] = "Unhandled"
            return answer

        seams = context.seams
        seams.patch(LambdaFunction, "_invoke_lambda", invoke_lambda, parameters=("self", "event"))
        original = seams.patch(LambdaBackend, "invoke", invoke, parameters=_INVOKE_PARAMETERS)

    def start(self) -> None:
        """Prepare for the deployed layers; sandboxes start when they are first needed."""
        if self._launcher is not None:
            self._launcher.prepare(sorted(set(self.context.registry.layer_directories.values())))

    def is_idle(self) -> bool:
        """Whether no function runs and no asynchronous event waits."""
        return self._later.is_idle() and self._pool.is_idle()

    def stop(self) -> None:
        """End every sandbox and thread."""
        self._pool.close()
        self._later.close()
        if self._launcher is not None:
            self._launcher.close()

    def invoke(self, function_arn: str, payload: bytes) -> Invocation:
        """Run the function now and wait for its answer."""
        return self._invoke_as(function_arn, payload, str(uuid4()))

    def invoke_later(self, function_arn: str, payload: bytes) -> str:
        """Queue an asynchronous invocation; its request id."""
        registry = self.context.registry
        settings = registry.function_settings(function_arn.split(":")[6])
        config = registry.invoke_config(function_arn)
        target = LaterTarget(function_arn, config, settings.dead_letter_arn)
        return self._later.submit(target, payload)

    def _invoke_as(self, function_arn: str, payload: bytes, request_id: str) -> Invocation:
        from moto.awslambda.models import lambda_backends

        context = self.context
        backend = lambda_backends[context.account_id][context.region]
        return self.run(backend.get_function(function_arn), payload, request_id)

    def run(self, function: Any, payload: bytes, request_id: str) -> Invocation:
        """Execute one of moto's functions in a sandbox and keep its logs."""
        spec = self._specs.of(function, self.context)
        key = (spec.arn, function.code_sha_256, tuple(sorted(spec.environment.items())))
        with self._pool.sandbox(key, spec) as sandbox:
            result = sandbox.invoke(request_id, payload, spec.arn)
        logs = write_function_logs(function.logs_backend, spec, result)
        return Invocation(result.payload, result.function_error, request_id, logs)

    def _start_sandbox(self, spec: FunctionSpec) -> Sandbox:
        context = self.context
        environment = sandbox_environment(
            spec,
            endpoint_url=context.endpoint_url,
            region=context.region,
            clock_file=context.clock_file,
        )
        log_file = context.state_directory / "logs" / f"{spec.name}-{uuid4().hex}.log"
        return Sandbox(
            spec,
            environment=environment,
            runtime=self._runtime,
            log_file=log_file,
            launcher=self._launcher or FreshLauncher(),
        )

    def _send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        send_to_destination(self.context.clients, arn, body, attributes)


def _qualified_arn(backend: Any, function_name: str, qualifier: str | None) -> str:
    """The ARN as the caller named it: it selects the configuration of later invocations."""
    function = backend.get_function(function_name, qualifier)
    _, _, in_name = function_name.partition(":function:")
    named = qualifier or (in_name or function_name).partition(":")[2]
    unqualified = ":".join(function.function_arn.split(":")[:7])
    return f"{unqualified}:{named}" if named else unqualified


def _as_bytes(body: str | bytes | None) -> bytes:
    if not body:
        return b"{}"
    return body.encode() if isinstance(body, str) else body
