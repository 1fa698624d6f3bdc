"""`scimbridge try`: a server with a realm, two Okta applications that fill it, and what to paste into a real Okta."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from scimbridge.access.policy import USER_ROLES
from scimbridge.cli.output import put, put_fields, put_table, tell
from scimbridge.cli.parameter import extend, setting_option
from scimbridge.cli.play import ServerGone, play_applications, temporary_credentials
from scimbridge.cli.resource import GROUP_COLUMNS, USER_COLUMNS, find, group_row, user_row
from scimbridge.cli.serving import load_flags
from scimbridge.cli.session import CONFIG, Session
from scimbridge.config import KEYS, SCIM_API, Settings
from scimbridge.directory.service import Service
from scimbridge.scim.errors import NotFound, Uniqueness
from scimbridge.web.errors import ListenError
from scimbridge.web.server import run
from scimbridge.wiring import Instance
from scimbridge.wiring.serving import serve

REALM = "acme"
NAME = "okta"  # of the client and of the token
_ROWS = 50  # of a table; a realm that was used for more may hold any number


@dataclass(frozen=True, slots=True)
class _Secrets:
    """What was made just now, and can be shown this once; None for what was there before."""

    client: str | None
    token: str | None


def add_commands(application: typer.Typer) -> None:
    settings = (*(setting_option(key) for key in KEYS.values()), CONFIG)
    application.command("try")(extend(_describe, _call, settings))


def _describe(
    once: Annotated[bool, typer.Option("--once", help="End after the play; exit code 1 if a step failed.")] = False,
) -> None:
    """Watch two recorded Okta applications provision a realm over HTTP, then point your own Okta at it.

    Makes the realm "acme" if it is not there and keeps what it holds. The flags of "serve" apply.
    """


def _call(*, once: bool, **flags: Any) -> None:
    any_port = flags["http_port"] is None
    settings = load_flags(flags | {"access_log": flags["access_log"] or False})
    settings = replace(settings, features=settings.features | {SCIM_API}, log_format="console")
    if not run(_try(settings, once=once, any_port=any_port)):
        raise typer.Exit(1)


async def _try(settings: Settings, *, once: bool, any_port: bool) -> bool:
    """Serves until it is stopped; whether every step was good, as far as the play came."""
    kept = settings.database.exists()
    plays: list[asyncio.Task[bool]] = []
    async with Instance.open(settings) as instance:
        issued = await _prepare(Session(settings, instance))

        def started(urls: Sequence[str]) -> None:
            plays.append(asyncio.create_task(_show(instance, urls[0], issued, kept=kept, once=once)))

        try:
            await serve(instance, started)
        except ListenError as error:
            if not any_port:
                raise
            tell(f"{error} Taking a free port instead; --http-port chooses one.")
            await serve(replace(instance, settings=replace(settings, http_port=0)), started)
        plays[0].cancel()
        with suppress(asyncio.CancelledError, ServerGone):
            return await plays[0]
    return not once  # who is there to stop it half-way has seen enough


async def _prepare(session: Session) -> _Secrets:
    """Makes the realm, the client and the token that are not there yet."""
    administration, actor = session.administration, session.actor
    client = token = None
    try:
        administration.realms.get(REALM)
    except NotFound:
        await administration.realms.create(REALM, {"passwordPolicy": "store"}, actor=actor)
    with suppress(Uniqueness):
        client = (await administration.clients(REALM).create(NAME, roles=USER_ROLES, actor=actor)).secret
    with suppress(Uniqueness):
        token = (await administration.tokens(REALM).create(NAME, actor=actor)).value
    return _Secrets(client, token)


async def _show(instance: Instance, url: str, issued: _Secrets, *, kept: bool, once: bool) -> bool:
    """The play and what came of it; stops the server after it if `once`, and if it breaks."""
    going_on = False
    try:
        settings = instance.settings
        service = instance.service(instance.administration.realms.get(REALM))
        put(f"scimbridge serves realm {REALM} on {url}, from {settings.database}")
        if kept:
            put("The file was there before: what it holds is kept, and the play adds new people.")
        async with temporary_credentials(instance.administration, REALM) as credentials:
            good, steps = await play_applications(service, url, credentials, verify=not settings.tls)
        put(f"\n{good} of {steps} steps were answered as Okta needs it.\n")
        await _put_directory(service)
        _put_connection(settings, settings.hostname or url, issued)
        if not once:
            put("\nServing until Ctrl-C. The same data without the play: scimbridge serve --features scim-api")
        going_on = not once
        return good == steps
    finally:
        if not going_on:
            signal.raise_signal(signal.SIGTERM)


async def _put_directory(service: Service) -> None:
    users = [record async for record in find(service, "User", None)]
    groups = [record async for record in find(service, "Group", None)]
    put_table(USER_COLUMNS[:-1], [user_row(service, record)[:-1] for record in users[-_ROWS:]], _title("users", users))
    put("")
    rows = [(await group_row(service, record))[:-1] for record in groups[-_ROWS:]]
    put_table(GROUP_COLUMNS[:-1], rows, _title("groups", groups))


def _title(what: str, records: Sequence[Any]) -> str:
    some = f", the newest {_ROWS}" if len(records) > _ROWS else ""
    return f"Realm {REALM} holds {len(records)} {what}{some}"


def _put_connection(settings: Settings, url: str, issued: _Secrets) -> None:
    known = "as shown at the first start; for a new one: scimbridge {} rotate {} {} --database {}"
    names = (REALM, NAME, settings.database)
    put("\nPaste into Okta\n")
    put_fields(
        {
            "SCIM connector base URL": f"{url}/realms/{REALM}/scim/v2",
            "Unique identifier field": "userName",
            "OAuth2 token endpoint": f"{url}/realms/{REALM}/protocol/openid-connect/token",
            "OAuth2 client id": NAME,
            "OAuth2 client secret": issued.client or known.format("client", *names),
            "or a bearer token": issued.token or known.format("token", *names),
        }
    )
