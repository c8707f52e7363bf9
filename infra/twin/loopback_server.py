"""A threaded HTTP server on 127.0.0.1 that is quiet about callers that go away."""

import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from typing import Any  # the base class's types of a client's address

_POLL_INTERVAL_S = 0.05
_LOGGER = logging.getLogger(__name__)


class LoopbackServer(ThreadingHTTPServer):
    """Serves in a thread of its own from its construction until ``close``."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        """Listen on this port of loopback; 0 picks a free one."""
        super().__init__(("127.0.0.1", port), handler)
        self._thread = Thread(target=self.serve_forever, args=(_POLL_INTERVAL_S,), daemon=True)
        self._thread.start()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """A caller that was killed or hung up is no news."""
        _LOGGER.debug(
            "the connection from %s (%s) broke: %r", client_address, request, sys.exception()
        )

    def close(self) -> None:
        """Stop listening and end the thread."""
        self.shutdown()
        self.server_close()
        self._thread.join()
