"""A wire between a provisioner and its target that is listened to, and that can spoil what the target answers."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from provisioning.recording import Exchanged
from scimbridge.provisioning.target import Reply, Request

WAIT = 30.0  # seconds
# In place of a reply: the connection is closed.
SILENCE = Reply(0, b"")

# Given a request, and what asks the target for its reply, it says what is answered.
Fault = Callable[[Request, Callable[[], Reply]], Reply]


def faithful(_: Request, ask: Callable[[], Reply]) -> Reply:
    return ask()


class Tap:
    """Forwards to the SCIM base URL `target`. `fault` may be set at any time."""

    def __init__(self, target: str) -> None:
        self.fault: Fault = faithful
        self._parts = urlsplit(target)
        self._seen: list[list[Any]] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{self._parts.path}"

    def take(self, count: int | None = None) -> list[Exchanged]:
        """What went over it since the last time; waits until `count` have been answered, if given."""
        with self._changed:
            if count is not None:
                self._changed.wait_for(lambda: sum(reply is not None for _, reply in self._seen) >= count, WAIT)
            assert all(reply is not None for _, reply in self._seen), self._seen
            taken, self._seen = self._seen, []
        return [Exchanged(*pair) for pair in taken]

    def writes(self) -> list[str]:
        """Taken: what was not only read, as METHOD PATH."""
        return [f"{sent.method} {sent.path}" for sent, _ in self.take() if sent.method != "GET"]

    def _hear(self, request: Request) -> list[Any]:
        with self._changed:
            self._seen.append([request, None])
            return self._seen[-1]

    def _answered(self, pair: list[Any], reply: Reply) -> None:
        with self._changed:
            pair[1] = reply
            self._changed.notify_all()

    def _request(self, method: str, target: str, body: bytes) -> Request:
        path, _, query = target.partition("?")
        return Request(method, path.removeprefix(self._parts.path), query, json.loads(body) if body else None)


class _Handler(BaseHTTPRequestHandler):
    """One connection of the provisioner, and one to the target for it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, tap: Tap, *connection: Any) -> None:
        self._tap = tap
        self._there = HTTPConnection(tap._parts.netloc, timeout=WAIT)
        super().__init__(*connection)

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = self._tap._request(self.command, self.path, body)
        pair = self._tap._hear(request)
        reply = self._tap.fault(request, partial(self._forward, body))
        self._tap._answered(pair, reply)
        self._send(reply)

    def _forward(self, body: bytes) -> Reply:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        self._there.request(self.command, self.path, body or None, headers)
        response = self._there.getresponse()
        content = response.read()
        kept = ("content-type", "location", "retry-after", "etag", "www-authenticate")
        return Reply(
            response.status,
            content,
            {name.lower(): value for name, value in response.getheaders() if name.lower() in kept},
        )

    def _send(self, reply: Reply) -> None:
        if reply is SILENCE:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in ({"content-length": str(len(reply.body))} | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
        self.close_connection = reply.headers.get("connection") == "close"

    def finish(self) -> None:
        super().finish()
        self._there.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


@contextmanager
def tapping(target: str) -> Iterator[Tap]:
    tap = Tap(target)
    thread = threading.Thread(target=tap._server.serve_forever, args=(0.05,), name="tap")
    thread.start()
    try:
        yield tap
    finally:
        tap._server.shutdown()
        thread.join(WAIT)
        tap._server.server_close()


def counts(exchanged: Sequence[Exchanged]) -> dict[str, int]:
    """How many requests of each method to which kind."""
    found: dict[str, int] = {}
    for request, _ in exchanged:
        name = f"{request.method} /{request.path.split('/')[1]}"
        found[name] = found.get(name, 0) + 1
    return found
