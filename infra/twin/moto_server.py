"""moto in server mode on a free port of loopback, started clean and left clean."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def moto_server(region: str) -> Iterator[str]:
    """Serve AWS's APIs on 127.0.0.1; the endpoint's URL. moto's state is global, so it is reset
    twice.
    """
    with _environment({"AWS_DEFAULT_REGION": region}):
        from moto.core.config import default_user_config
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        _reset()
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        with _environment({"MOTO_PORT": str(port)}):
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.stop()
                _reset()
                default_user_config["stepfunctions"] = {"execute_state_machine": False}


def _reset() -> None:
    """Forget everything that any backend holds."""
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables of this process for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
