"""One execution environment of a function: a process that speaks the Runtime API, used again while
warm.
"""

import json
import signal
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Literal

from infra.twin.nursery import ChildRequest
from infra.twin.processes import Launcher
from infra.twin.runtime_api import RuntimeAnswer, RuntimeApi, RuntimeEvent
from infra.twin.sandbox_logs import SandboxLogs

type Runtime = Literal["awslambdaric", "plain"]

_POLL_S = 0.02
_INIT_LIMIT_S = 60.0
_MODULES: Mapping[Runtime, str] = {
    "awslambdaric": "awslambdaric",
    "plain": "infra.twin.plain_worker",
}


@dataclass(frozen=True)
class FunctionSpec:
    """Everything that a sandbox needs to know of one published function."""

    name: str
    arn: str
    version: str
    handler: str
    memory_mb: int
    timeout_s: float
    log_group: str
    code_directory: Path
    layer_directories: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SandboxResult:
    """One invocation: the payload, the kind of error if any, and what it took."""

    request_id: str
    payload: bytes
    function_error: str | None
    log_stream: str
    logs: str
    duration_ms: float
    init_ms: float | None
    max_memory_mb: int | None


class Sandbox:
    """A started process for one function; it serves one event at a time and is never revived."""

    def __init__(
        self,
        spec: FunctionSpec,
        *,
        environment: Mapping[str, str],
        runtime: Runtime,
        log_file: Path,
        launcher: Launcher,
    ) -> None:
        """Start the process; ``environment`` is complete but for what only the sandbox knows."""
        self.spec = spec
        self._api = RuntimeApi()
        self._logs = SandboxLogs(log_file)
        self._log_stream = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._started_at = time.perf_counter()
        self._init_ms: float | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="twin-", ignore_cleanup_errors=True)
        request = ChildRequest(
            module=_MODULES[runtime],
            arguments=(spec.handler,),
            directory=str(spec.code_directory),
            environment={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "TMPDIR": self._scratch.name,
            },
            log_file=str(log_file),
        )
        self._process = launcher.launch(request)

    @property
    def is_alive(self) -> bool:
        """Whether the process can take another event."""
        return self._process.poll() is None

    def invoke(self, request_id: str, payload: bytes, function_arn: str) -> SandboxResult:
        """Serve one event; an error of the function is a result, and may end the process."""
        init_ms = self._wait_for_init()
        begin = time.perf_counter()
        self._api.offer(RuntimeEvent(request_id, payload, function_arn, self.spec.timeout_s))
        answer = self._await_answer(request_id, begin + self.spec.timeout_s)
        duration_ms = (time.perf_counter() - begin) * 1000
        if answer.kind == "init_error":
            self.kill()
        return SandboxResult(
            request_id=request_id,
            payload=answer.body,
            function_error=None if answer.kind == "response" else "Unhandled",
            log_stream=self._log_stream,
            logs=self._logs.read_new(),
            duration_ms=duration_ms,
            init_ms=init_ms,
            max_memory_mb=self._peak_memory_mb(),
        )

    def _wait_for_init(self) -> float | None:
        """Wait until the runtime asks for its first event; None when it was warm."""
        if self._init_ms is not None:
            return None
        deadline = self._started_at + _INIT_LIMIT_S
        while not self._api.is_ready.wait(_POLL_S):
            if not self.is_alive or not self._api.answers.empty():
                break
            if time.perf_counter() > deadline:
                self.kill()
        self._init_ms = (time.perf_counter() - self._started_at) * 1000
        return self._init_ms

    def _await_answer(self, request_id: str, deadline: float) -> RuntimeAnswer:
        while True:
            try:
                return self._api.answers.get(timeout=_POLL_S)
            except Empty:
                failure = self._failure(request_id, deadline)
            if failure is not None:
                return failure

    def _failure(self, request_id: str, deadline: float) -> RuntimeAnswer | None:
        """What went wrong so far: the process ended, ran too long or took too much memory."""
        exit_code = self._process.poll()
        if exit_code is not None:
            if not self._api.answers.empty():
                return self._api.answers.get()
            reason = f"Runtime exited with error: {_exit_status(exit_code)}"
            return _platform_error(request_id, "Runtime.ExitError", reason)
        if (self._peak_memory_mb() or 0) > self.spec.memory_mb:
            self.kill()
            reason = "Runtime exited with error: signal: killed"
            return _platform_error(request_id, "Runtime.OutOfMemory", reason)
        if time.perf_counter() > deadline:
            self.kill()
            reason = f"Task timed out after {self.spec.timeout_s:.2f} seconds"
            return _platform_error(request_id, "Sandbox.Timedout", reason)
        return None

    def _peak_memory_mb(self) -> int | None:
        """The largest resident size so far, where /proc tells it."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(peaks[0]) // 1024 if peaks else None

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        self._process.kill()

    def close(self) -> None:
        """Kill the process and release the port and the files."""
        self.kill()
        self._api.close()
        self._logs.close()
        self._scratch.cleanup()


def _platform_error(request_id: str, error_type: str, reason: str) -> RuntimeAnswer:
    message = f"RequestId: {request_id} Error: {reason}"
    body = json.dumps({"errorType": error_type, "errorMessage": message}).encode()
    return RuntimeAnswer("error", request_id, body)


def _exit_status(exit_code: int) -> str:
    if exit_code < 0:
        return f"signal: {signal.Signals(-exit_code).name.removeprefix('SIG').lower()}"
    return f"exit status {exit_code}"
