"""The contenders as processes: each is started, asked, measured and ended."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from infra.twin.runtime_api import RuntimeApi, RuntimeEvent

PATIENCE_S = 120.0
PAUSE_S = 0.005
OFFLINE = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "BENTOML_DO_NOT_TRACK": "True",
    "NO_PROXY": "127.0.0.1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class _Process:
    """A process in a group of its own, ended with all its children."""

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path
    ) -> None:
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env={**inherited, **OFFLINE, **environment},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "stderr.txt").open("wb"),
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pid in family_of(self.process.pid):  # a worker may have left the process group
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Function(_Process):
    """The built function Predict under awslambdaric, asked through the Lambda Runtime API."""

    def __init__(
        self, handler: str, paths: Sequence[Path], environment: Mapping[str, str], folder: Path
    ) -> None:
        """Start it with these folders on its path, in their order."""
        self._api = RuntimeApi()
        self._asked = 0
        self._name = uuid4().hex
        super().__init__(
            [sys.executable, "-m", "awslambdaric", handler],
            {
                "PYTHONPATH": os.pathsep.join(map(str, paths)),
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "AWS_LAMBDA_FUNCTION_NAME": "predict",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
                "AWS_REGION": "eu-west-1",
                "POWERTOOLS_TRACE_DISABLED": "true",
                "PYDANTIC_DISABLE_PLUGINS": "__all__",
                **environment,
            },
            folder,
        )

    def ask(self, instances: Sequence[Mapping[str, Any]]) -> list[float]:
        """Send an event of the HTTP API and read the answer; it fails on any other status."""
        self._asked += 1
        event = json.dumps(_event(instances, f"{self._name}-{self._asked}")).encode()
        self._api.offer(RuntimeEvent(f"request-{self._asked}", event, "arn:benchmark", 30.0))
        answer = json.loads(self._api.answers.get(timeout=PATIENCE_S).body)
        if answer.get("statusCode") != http.client.OK:
            raise RuntimeError(str(answer))
        return [one["probabilities"][-1] for one in json.loads(answer["body"])["predictions"]]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and the server that it asked."""
        super().__exit__(kind, error, trace)
        self._api.close()


class Server(_Process):
    """A web server on a free port of loopback."""

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        *,
        route: str,
        key: str,
    ) -> None:
        """Start it; `PORT` in the command is the port, `key` names the instances in a body."""
        self._route, self._key = route, key
        self.port = _free_port()
        words = [str(word).replace("PORT", str(self.port)) for word in command]
        super().__init__(words, environment, folder)
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, instances: Sequence[Mapping[str, Any]]) -> list[float]:
        """Post a request, at first until the server listens; then over the same connection."""
        if self._connection is None:
            return self._first(instances)
        return self._post(self._connection, instances)

    def connected(self) -> "Client":
        """Return one more client of the server."""
        return Client(self, http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S))

    def _first(self, instances: Sequence[Mapping[str, Any]]) -> list[float]:
        deadline = time.perf_counter() + PATIENCE_S
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
            try:
                found = self._post(connection, instances)
            except (OSError, http.client.HTTPException, RuntimeError):
                if time.perf_counter() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(PAUSE_S)
            else:
                self._connection = connection
                return found

    def _post(
        self, connection: http.client.HTTPConnection, instances: Sequence[Mapping[str, Any]]
    ) -> list[float]:
        body = json.dumps({self._key: list(instances)})
        connection.request("POST", self._route, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        if response.status != http.client.OK:
            raise RuntimeError(f"{response.status}: {text[:500]!r}")
        found = json.loads(text)
        rows = found["predictions"] if isinstance(found, dict) else found
        return [row[-1] for row in rows]


class Client:
    """One more connection to a server."""

    def __init__(self, server: Server, connection: http.client.HTTPConnection) -> None:
        """Ask `server` over `connection`."""
        self._server, self._connection = server, connection

    def ask(self, instances: Sequence[Mapping[str, Any]]) -> list[float]:
        """Answer one request."""
        return self._server._post(self._connection, instances)  # noqa: SLF001 - its other half


Contender = Function | Server


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the proportional set size (PSS) of a process and its children, in MB."""
    kilobytes = 0
    for pid in family_of(process.pid):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def family_of(pid: int) -> list[int]:
    """Return a process and all its children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family_of(int(child))
    return found


def _event(instances: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": "/projects/benchmark/predictions",
        "headers": {"content-type": "application/json"},
        "pathParameters": {"project": "benchmark"},
        "requestContext": {
            "requestId": name,
            "http": {"method": "POST", "path": "/projects/benchmark/predictions"},
            "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/benchmark"}},
        },
        "body": json.dumps({"instances": list(instances)}),
        "isBase64Encoded": False,
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
