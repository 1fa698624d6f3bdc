"""What is logged, and how."""

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest

from scimbridge.web.exchange import Exchange, Line
from scimbridge.web.http.upload import Incoming
from scimbridge.web.log import AccessLog, Format, configure

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def exchange() -> Exchange:
    target = b"/realms/acme/scim/v2/Users?filter=userName%20eq%20%22ada%22"
    line, headers = Line("http", "192.0.2.1", "127.0.0.1", 8080), {b"authorization": b"Bearer sb_secret"}
    made = Exchange(line, "GET", target, headers, Incoming(None, lambda: None))
    made.name(lambda: "r1")
    made.realm, made.principal = "acme", "okta"
    return made


async def test_a_request_is_one_json_line_without_query_and_headers() -> None:
    out = io.BytesIO()
    log = AccessLog(out, "json", lambda: NOW)
    log.write(exchange(), 200, 0.0015)
    log.flush()
    assert orjson.loads(out.getvalue()) == {
        "time": "2026-01-31T12:00:00Z",
        "level": "info",
        "event": "request",
        "method": "GET",
        "path": "/realms/acme/scim/v2/Users",
        "status": 200,
        "us": 1500,
        "realm": "acme",
        "principal": "okta",
        "address": "192.0.2.1",
        "request_id": "r1",
    }


async def test_a_principal_with_a_line_break_stays_on_its_line_of_the_console() -> None:
    out = io.BytesIO()
    log = AccessLog(out, "console", lambda: NOW)
    asked = exchange()
    asked.principal = "ada\n12:00:01 GET /forged 200"
    log.write(asked, 200, 0.0015)
    log.flush()
    assert out.getvalue().count(b"\n") == 1
    assert out.getvalue().startswith(b"12:00:00 GET /realms/acme/scim/v2/Users 200 1500 us 'ada\\n")


async def test_lines_are_written_together_and_at_the_latest_when_there_are_many() -> None:
    out = io.BytesIO()
    log = AccessLog(out, "json", lambda: NOW)
    for _ in range(199):
        log.write(exchange(), 200, 0.0)
    assert out.getvalue() == b""
    log.write(exchange(), 200, 0.0)
    assert out.getvalue().count(b"\n") == 200


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_event_carries_its_fields_and_its_traceback(style: Format) -> None:
    out = io.BytesIO()
    configure("info", style, out)
    try:
        raise ValueError("broken")  # noqa: TRY301
    except ValueError:
        logging.getLogger("scimbridge.test").exception("request failed", extra={"fields": {"request_id": "r1"}})
    text = out.getvalue().decode()
    assert "request failed" in text
    assert "r1" in text
    assert "ValueError: broken" in text
    if style == "json":
        assert text.count("\n") == 1
        assert orjson.loads(text)["request_id"] == "r1"


def test_the_level_decides_what_is_written() -> None:
    out = io.BytesIO()
    configure("warning", "json", out)
    logging.getLogger("scimbridge.test").info("nothing")
    logging.getLogger("scimbridge.test").warning("something")
    assert orjson.loads(out.getvalue())["event"] == "something"
