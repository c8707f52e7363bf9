"""The sockets of an HTTP API: HTTP/1.1 on 127.0.0.1, handed to an HttpApiGateway."""

from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from infra.twin.http_api import MAX_BODY_BYTES, HttpApiGateway, new_request_id
from infra.twin.http_body import BodyTooLargeError, discard_body, read_body
from infra.twin.http_events import HttpRequest, HttpResponse, message_response
from infra.twin.loopback_server import LoopbackServer

_OWN_HEADERS = frozenset({"content-length", "connection", "transfer-encoding", "date", "server"})


class HttpApiServer:
    """One API that listens on a port of loopback."""

    def __init__(self, gateway: HttpApiGateway, port: int = 0) -> None:
        """Listen from now on; port 0 picks a free one."""
        self._gateway = gateway
        self._server = LoopbackServer(_handler_of(gateway), port)

    @property
    def endpoint_url(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening and end every thread."""
        self._server.close()
        self._gateway.close()


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes responses for ``gateway``, which a subclass sets."""

    gateway: HttpApiGateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing on stderr."""

    def _serve(self) -> None:
        try:
            body = read_body(self.headers, self.rfile, MAX_BODY_BYTES)
        except BodyTooLargeError:
            discard_body(self.headers, self.rfile)
            self._refuse(message_response(413, "Request Entity Too Large"))
            return
        except ValueError:
            self._refuse(message_response(400, "Bad Request"))
            return
        self._reply(self.gateway.answer(self._request(body)))

    do_GET = _serve  # noqa: N815 - http.server looks for these names
    do_HEAD = _serve  # noqa: N815 - see do_GET
    do_POST = _serve  # noqa: N815 - see do_GET
    do_PUT = _serve  # noqa: N815 - see do_GET
    do_PATCH = _serve  # noqa: N815 - see do_GET
    do_DELETE = _serve  # noqa: N815 - see do_GET
    do_OPTIONS = _serve  # noqa: N815 - see do_GET

    def _request(self, body: bytes) -> HttpRequest:
        target = urlsplit(self.path)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        return HttpRequest(
            method=self.command,
            path=target.path,
            query=target.query,
            headers=headers,
            body=body,
            request_id=new_request_id(),
            received_at=datetime.now(UTC),
        )

    def _refuse(self, response: HttpResponse) -> None:
        """Answer a request whose end is not known, after which the connection is useless."""
        self.close_connection = True
        self._reply(response)

    def _reply(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name not in _OWN_HEADERS:
                self.send_header(name, value)
        for cookie in response.cookies:
            self.send_header("set-cookie", cookie)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)


def _handler_of(gateway: HttpApiGateway) -> type[BaseHTTPRequestHandler]:
    return type("GatewayHandler", (_Handler,), {"gateway": gateway})
