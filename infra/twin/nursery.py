"""A process that has imported what nearly every function imports, and forks one child per sandbox.

A fresh interpreter spends a third of a second on boto3, pydantic and Powertools; a fork spends a
few milliseconds.  What a function sees is the same: a process, an environment and a path of its
own.  Only modules whose import reads no environment may be imported ahead.
``python -m infra.twin.nursery <descriptor>`` takes requests, one line of JSON each, from a socket.
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import BinaryIO, NoReturn

PRELOADED = (
    "aws_lambda_powertools",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.metrics",
    "boto3.session",
    "botocore.client",
    "botocore.endpoint",
    "botocore.handlers",
    "botocore.httpsession",
    "botocore.parsers",
    "botocore.serialize",
    "botocore.signers",
    "botocore.waiter",
    "http.client",
    "numpy",
    "pydantic",
    "s3transfer.manager",
)

PURE_PACKAGES = ("loopwright.domain",)
_MAX_DESCRIPTORS = 256


@dataclass(frozen=True)
class ChildRequest:
    """One process to start: a module to run as a program, where, with what."""

    module: str
    arguments: Sequence[str]
    directory: str
    environment: dict[str, str]
    log_file: str

    def as_line(self) -> bytes:
        """The request on the wire."""
        return json.dumps({"start": asdict(self)}).encode() + b"\n"


def import_pure_packages(directories: Sequence[str], path: list[str]) -> None:
    """Import from these layers what has no side effects, from where the children will find it."""
    path[:0] = directories
    for name in PURE_PACKAGES:
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            continue
        with contextlib.suppress(Exception):  # the function that imports it reports what is wrong
            package = importlib.import_module(name)
            for module in pkgutil.iter_modules(package.__path__, f"{name}."):
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def serve(stream: BinaryIO, connection: socket.socket) -> None:
    """Answer requests until the other side closes, then end every child that is left."""
    path = list(sys.path)
    children: set[int] = set()
    for line in stream:
        request = json.loads(line)
        if "layers" in request:
            import_pure_packages(request["layers"], sys.path)
            continue
        if "start" in request:
            child = start(ChildRequest(**request["start"]), path)
            children.add(child)
            answer = child
        else:
            _, status = os.waitpid(request["wait"], 0)
            children.discard(request["wait"])
            answer = os.waitstatus_to_exitcode(status)
        connection.sendall(json.dumps(answer).encode() + b"\n")
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


def start(request: ChildRequest, path: Sequence[str]) -> int:
    """Fork; the child's process id, which is also its group's."""
    child = os.fork()
    if child == 0:
        become(request, path)
    with contextlib.suppress(OSError):  # the child was faster
        os.setpgid(child, child)
    return child


def become(request: ChildRequest, path: Sequence[str]) -> NoReturn:
    """Be the sandbox: take on its environment, its files and its path, and run its module."""
    exit_code = 1
    try:
        with contextlib.suppress(OSError):  # the parent was faster
            os.setpgid(0, 0)
        _redirect(request.log_file)
        os.chdir(request.directory)
        os.environ.clear()
        os.environ.update(request.environment)
        time.tzset()
        own = request.environment["PYTHONPATH"].split(os.pathsep)
        sys.path[:] = [request.directory, *own, *path]
        sys.argv[:] = [request.module, *request.arguments]
        runpy.run_module(request.module, run_name="__main__", alter_sys=True)
        exit_code = 0
    except SystemExit as error:
        exit_code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - the child must never return into the nursery's loop
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(exit_code)


def _redirect(log_file: str) -> None:
    """Input from nowhere, both outputs to the log; every other descriptor is the nursery's."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(log_file, os.O_WRONLY | os.O_APPEND)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, _MAX_DESCRIPTORS)


def main(descriptor: int) -> None:
    """Import ahead, then serve."""
    for module in PRELOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rb") as stream:
        serve(stream, connection)


if __name__ == "__main__":
    main(int(sys.argv[1]))
