"""Write what a function said into its log group, with START, END and REPORT lines."""

import time
from contextlib import suppress
from typing import Any  # moto's log backend

from moto.logs.exceptions import ResourceAlreadyExistsException

from infra.twin.sandbox import FunctionSpec, SandboxResult


def write_function_logs(backend: Any, spec: FunctionSpec, result: SandboxResult) -> str:
    """Append one invocation to ``spec.log_group``; the text of it."""
    lines = [
        f"START RequestId: {result.request_id} Version: {spec.version}",
        *(line for line in result.logs.splitlines() if line.strip()),
        f"END RequestId: {result.request_id}",
        report_line(spec, result),
    ]
    backend.ensure_log_group(spec.log_group)
    with suppress(ResourceAlreadyExistsException):
        backend.create_log_stream(spec.log_group, result.log_stream)
    now_ms = int(time.time() * 1000)
    events = [{"timestamp": now_ms, "message": line} for line in lines]
    backend.put_log_events(spec.log_group, result.log_stream, events)
    return "\n".join(lines)


def report_line(spec: FunctionSpec, result: SandboxResult) -> str:
    """The REPORT line of one invocation, as Lambda writes it."""
    parts = [
        f"REPORT RequestId: {result.request_id}",
        f"Duration: {result.duration_ms:.2f} ms",
        f"Billed Duration: {max(1, round(result.duration_ms + 0.5))} ms",
        f"Memory Size: {spec.memory_mb} MB",
        f"Max Memory Used: {result.max_memory_mb or 0} MB",
    ]
    if result.init_ms is not None:
        parts.append(f"Init Duration: {result.init_ms:.2f} ms")
    return "\t".join(parts)
