"""`scimbridge record`: a proxy that writes down what an identity provider says to a SCIM server, to be replayed."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml

from scimbridge.cli.output import Refused, put, tell
from scimbridge.interop.heard import Heard
from scimbridge.interop.recording import make_suite

_HELP = """Record what an identity provider says to a SCIM server.

Point the identity provider at this proxy in place of the server's SCIM base URL, let it do what it does, and press
Ctrl-C: the conversation is written to --output, for "replay" and for "check --suite". Credentials are not in it, and
names, mail addresses and all other values of people are replaced by made-up ones, the same by the same. Attribute
names, schema URNs and the User-Agent stay: read the file before you hand it on.
"""


def add_commands(application: typer.Typer) -> None:
    application.command("record", help=_HELP)(record)


def record(
    *,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The SCIM base URL of the server.")],
    listen: Annotated[int, typer.Option("--listen", metavar="PORT", min=0, max=65535, help="The port; 0 for any.")],
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    output: Annotated[Path, typer.Option("--output", help="The file to write.")] = Path("recording.yaml"),
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any TLS certificate of the server.")] = False,
) -> None:
    """See _HELP."""
    # Imported here alone: aiohttp takes a tenth of a second.
    from scimbridge.adapters.recorder import Recorder  # noqa: PLC0415

    if not to.startswith(("http://", "https://")):
        raise Refused(f"--to {to!r} is not the SCIM base URL of a server: it begins with https:// or http://.")
    if output.exists():
        raise Refused(f"{output} is there already. Name another file with --output.")
    heard: list[Heard] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(Recorder(to, _note(heard), verify=not insecure).run(host, listen, _announce))
    except OSError as error:
        raise Refused(f"Port {listen} of {host} cannot be had: {error.strerror}. Name another with --listen.") from None
    _write(output, heard)


def _announce(url: str) -> None:
    tell(f"recording on {url}; Ctrl-C ends it")


def _note(heard: list[Heard]) -> Callable[[Heard], None]:
    def note(each: Heard) -> None:
        heard.append(each)
        # The path alone: a query names people.
        tell(f"{len(heard):>4} {each.request.method} {each.target.partition('?')[0]} {each.reply.status}")

    return note


def _write(output: Path, heard: list[Heard]) -> None:
    if not heard:
        raise Refused("Nothing was heard, and no file is written.")
    document = make_suite(heard, output.stem, f"{datetime.now(UTC):%Y-%m-%d}")
    output.write_text(yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True), encoding="utf-8")
    put(f"{len(heard)} requests are in {output}. Play them: scimbridge replay {output} URL")
