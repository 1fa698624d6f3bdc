"""A real server over memory stores, as a process: prints its URL and a token of realm "acme", then serves.

Asked for the user "slow", it takes a moment, so that a test can stop it meanwhile.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from scimbridge.directory.representation import Rendered
from scimbridge.directory.service import Call, Service
from scimbridge.scim.schema import ResourceType
from scimbridge.web import server
from scimbridge.web.log import configure
from scimbridge.web.server import Listener, run, serve
from scimbridge.web.site import Options

from .conftest import Site

SLOW = 0.5
fast = Service.read


def say(*words: str) -> None:
    print(*words, flush=True)  # noqa: T201 (the test reads it)


async def read_slowly(self: Service, kind: ResourceType, id: str, call: Call) -> Rendered:  # noqa: A002
    if id == "slow":
        say("reading")
        await asyncio.sleep(SLOW)
    return await fast(self, kind, id, call)


async def main(certificate: Path | None, key: Path | None) -> None:
    site = Site(Options())
    token = (await site.realm()).headers["Authorization"]

    def started(urls: Sequence[str]) -> None:
        say(urls[0], token)

    listener = Listener("127.0.0.1", 0, certificate, key)
    await serve(site.app.answer, [listener], readiness=site.readiness, shutdown_timeout=5, started=started)
    await site.http.aclose()
    say("closed")


if __name__ == "__main__":
    configure("info", "json", sys.stderr.buffer)
    Service.read = read_slowly  # type: ignore[method-assign]
    server._HEAD_TIMEOUT = 0.5
    files = [Path(argument) for argument in sys.argv[1:]]
    run(main(*files) if files else main(None, None))
