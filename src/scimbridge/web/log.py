"""Logs on standard error: the standard library's logging for what happens, and a line for each request.

Everybody logs with `logging.getLogger(__name__)` and puts values into `extra={"fields": {...}}`. No line holds a
header, a query string or a body: filters name people, and Authorization is a secret.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal

import orjson

from scimbridge.web.exchange import Exchange

Format = Literal["json", "console"]

# Lines are written together this many seconds after the first, or when there are this many: a write to a pipe costs
# 2 us, as much as the rest of the line. A kill -9 loses them; the journal of changes is elsewhere.
_DELAY = 0.1
_BATCH = 200


def configure(level: str, style: Format, out: BinaryIO) -> None:
    """Sends the logging of the whole process to `out`, one line an event (a traceback follows it in console style)."""
    handler = logging.StreamHandler(_Text(out))
    handler.setFormatter(_JsonFormatter() if style == "json" else _ConsoleFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)


class AccessLog:
    """A line for each request, in batches; `flush` before the process ends."""

    def __init__(self, out: BinaryIO, style: Format, now: Callable[[], datetime]) -> None:
        self._out = out
        self._render = _json_line if style == "json" else _console_line
        self._now = now
        self._lines: list[bytes] = []

    def write(self, exchange: Exchange, status: int, seconds: float) -> None:
        self._lines.append(self._render(exchange, status, int(seconds * 1e6), self._now()))
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(_DELAY, self.flush)
        elif len(self._lines) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self._out.write(b"".join(lines))
            self._out.flush()


def _json_line(exchange: Exchange, status: int, microseconds: int, now: datetime) -> bytes:
    return orjson.dumps(
        {
            "time": now,
            "level": "info",
            "event": "request",
            "method": exchange.method,
            "path": exchange.path.decode("latin-1"),
            "status": status,
            "us": microseconds,
            "realm": exchange.realm,
            "principal": exchange.principal,
            "address": exchange.address,
            "request_id": exchange.request_id,
        },
        option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE,
    )


def _console_line(exchange: Exchange, status: int, microseconds: int, now: datetime) -> bytes:
    path = exchange.path.decode("latin-1")
    # A user chose the principal's name: repr keeps it on this line.
    who = f"{exchange.principal!r} {exchange.address} {exchange.request_id}"
    return f"{now:%H:%M:%S} {exchange.method} {path} {status} {microseconds} us {who}\n".encode("utf-8", "replace")


class _Text:
    """The text stream that logging wants, over the binary one that the access log writes to."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        self._out.write(text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        self._out.flush()


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode()


class _ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value!r}" for name, value in _fields(record).items())
        time = datetime.fromtimestamp(record.created, UTC)
        line = f"{time:%H:%M:%S} {record.levelname.lower()} {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return fields
