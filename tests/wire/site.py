"""A server that does as it is told, well or badly."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = Callable[["Line"], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Line:
    """A connection as the server has it; `number` counts connections, `requests` what came over this one."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number, self.reader, self.writer = number, reader, writer
        self.requests = 0
        self.is_over = asyncio.Event()
        self.request = b""

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def leave(self) -> None:
        """Closes it while it is idle, and waits until the client has seen that."""
        self.writer.write_eof()
        await self.is_over.wait()

    async def end(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    def cut(self) -> None:
        """Without a farewell."""
        self.writer.transport.abort()


class Site:
    """Answers each request by `answer`; `arrived` has them all."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.answer: Answer = say(OK)
        self.arrived: list[bytes] = []
        self.has_request = asyncio.Event()
        self.lines: list[Line] = []
        self._host, self._tls = host, tls
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"{'https' if self._tls else 'http'}://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in self.lines:
            line.cut()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(len(self.lines) + 1, reader, writer)
        self.lines.append(line)
        task = asyncio.ensure_future(self._converse(line))
        self._tasks.add(task)
        with suppress(asyncio.CancelledError):
            await task

    async def _converse(self, line: Line) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while not line.writer.is_closing():
                line.request = await self._read(line.reader)
                line.requests += 1
                self.arrived.append(line.request)
                self.has_request.set()
                await self.answer(line)
        line.is_over.set()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        return head + (await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b"")


class Asked(NamedTuple):
    """A request, read; names of headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def read(request: bytes) -> Asked:
    head, _, body = request.partition(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    method, target, _version = start.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    return Asked(method, target, {name.lower(): value for name, value in pairs}, body)


def reply(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} So"] + [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def say(data: bytes, *, end: bool = False) -> Answer:
    """Writes these bytes, and closes if that is asked for."""

    async def answer(line: Line) -> None:
        line.write(data)
        if end:
            await line.end()

    return answer


def certificate(folder: Path) -> tuple[Path, Path]:
    """PEM files of a certificate and its key."""
    pair, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wire")])
    names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    signed = (
        x509.CertificateBuilder(name, name, pair.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(pair, hashes.SHA256())
    )
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    key.write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key
