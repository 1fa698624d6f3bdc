"""The real server: sockets, signals, TLS, clients that dawdle."""

import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from scimbridge.web.errors import ListenError
from scimbridge.web.server import Listener, serve

from .certificates import write_certificate
from .conftest import SCIM, Site

pytestmark = pytest.mark.slow

SCIM_PATH = "/realms/acme/scim/v2"
TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Running:
    """A server process and the way in."""

    process: subprocess.Popen[str]
    url: str
    headers: dict[str, str]

    @property
    def base(self) -> str:
        return self.url + SCIM_PATH

    def connect(self) -> socket.socket:
        host, port = self.url.rpartition("/")[2].split(":")
        return socket.create_connection((host, int(port)), timeout=10)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "web.serving", *arguments]
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url, scheme, token = process.stdout.readline().split()
            yield Running(process, url, {"Authorization": f"{scheme} {token}"})
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as found:
        yield found


def test_scim_is_answered_over_a_socket(server: Running) -> None:
    with httpx.Client(headers=server.headers) as http:
        made = http.post(f"{server.base}/Users", json={"userName": "ada"})
        assert (made.status_code, made.headers["Content-Type"]) == (201, SCIM)
        assert "Server" not in made.headers
        again = http.head(made.headers["Location"])
        assert (again.status_code, again.content) == (200, b"")
        assert http.get(made.headers["Location"]).json() == made.json()


@pytest.mark.parametrize("announced", ["Content-Length: 20000000", "Transfer-Encoding: chunked"])
def test_a_body_over_the_limit_is_taken_off_the_wire_so_that_the_client_sees_the_answer(
    server: Running, announced: str
) -> None:
    body = b"x" * 20_000_000
    if "chunked" in announced:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with server.connect() as connection:
        connection.sendall(f"POST {SCIM_PATH}/Users HTTP/1.1\r\nHost: h\r\n".encode())
        connection.sendall(f"Authorization: {server.headers['Authorization']}\r\n{announced}\r\n\r\n".encode() + body)
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 413")


def test_a_client_that_waits_to_be_asked_for_too_much_is_not_asked(server: Running) -> None:
    with server.connect() as connection:
        head = f"POST {SCIM_PATH}/Users HTTP/1.1\r\nHost: h\r\nAuthorization: {server.headers['Authorization']}"
        connection.sendall(f"{head}\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: h\r\nX-A: "])
def test_a_request_whose_head_does_not_come_is_cut_off(server: Running, sent: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""


def test_a_request_with_an_endless_head_is_cut_off(server: Running) -> None:
    head = b"GET / HTTP/1.1\r\n" + b"X-A: y\r\n" * 1_000_000
    with server.connect() as connection, pytest.raises(ConnectionError):
        connection.sendall(head)


def test_connections_are_kept_and_pipelined_requests_answered_in_order(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
        seen = b""
        while seen.count(b"HTTP/1.1") < 2:
            seen += connection.recv(4096)
        assert seen.index(b" 200 ") < seen.index(b" 404 ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_when_what_it_took_is_answered(number: signal.Signals) -> None:
    with running() as server, server.connect() as slow, server.connect() as idle:
        authorization = f"Authorization: {server.headers['Authorization']}"
        slow.sendall(f"GET {SCIM_PATH}/Users/slow HTTP/1.1\r\nHost: h\r\n{authorization}\r\n\r\n".encode())
        assert server.line() == "reading"
        server.process.send_signal(number)
        assert slow.makefile("rb").readline() == b"HTTP/1.1 404 Not Found\r\n"
        assert idle.recv(1) == b""
        assert server.process.wait(10) == 0
        assert server.line() == "closed"
        with pytest.raises(ConnectionError):
            server.connect()


def test_a_port_that_is_taken_is_named(server: Running, site: Site) -> None:
    port = int(server.url.rpartition(":")[2])

    async def start() -> None:
        listener = Listener("127.0.0.1", port)
        await serve(site.app.answer, [listener], readiness=site.readiness, shutdown_timeout=1, started=print)

    coroutine = start()
    with pytest.raises(ListenError, match=str(port)):
        coroutine.send(None)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("tls"))


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, site: Site) -> None:
    chain, _ = write_certificate(tmp_path)

    async def start() -> None:
        listener = Listener("127.0.0.1", 0, chain, chain)
        await serve(site.app.answer, [listener], readiness=site.readiness, shutdown_timeout=1, started=print)

    coroutine = start()
    with pytest.raises(ListenError, match=re.escape(str(chain))):
        coroutine.send(None)


def test_with_a_certificate_it_speaks_https_and_says_so_in_locations(certificate: tuple[Path, Path]) -> None:
    with running(*map(str, certificate)) as server:
        assert server.url.startswith("https://")
        trust = ssl.create_default_context(cafile=str(certificate[0]))
        made = httpx.post(f"{server.base}/Users", json={"userName": "ada"}, headers=server.headers, verify=trust)
        assert made.headers["Location"].startswith(f"{server.base}/Users/")
