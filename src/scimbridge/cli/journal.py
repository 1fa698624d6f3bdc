"""`scimbridge journal`: every change of users and groups, who made it, before and after."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from scimbridge.cli.output import put, put_json
from scimbridge.cli.parameter import Json, RealmName, moment
from scimbridge.cli.session import Session, command
from scimbridge.directory.ports import Entry, JournalQuery
from scimbridge.web.admin.documents import entry_document

_PAGE = 500
_POLL = 0.5  # seconds between looks at the journal while following


def add_commands(application: typer.Typer) -> None:
    command(application, "journal")(journal)


async def journal(
    session: Session,
    *,
    realm: RealmName,
    user: Annotated[str | None, typer.Option(help="Only this user, by userName or id.")] = None,
    group: Annotated[str | None, typer.Option(help="Only this group, by displayName or id.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="From here on: 2026-01-31, or 2h ago.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to here.")] = None,
    request: Annotated[str | None, typer.Option(metavar="ID", help="Only what this request changed.")] = None,
    count: Annotated[int, typer.Option(min=0, help="Most entries, the newest ones; 0 for all.")] = 50,
    follow: Annotated[bool, typer.Option(help="Go on with what happens from now on.")] = False,
    as_json: Json = False,
) -> None:
    """Show what was changed, oldest first; --json gives one object a line."""
    if user is not None and group is not None:
        raise typer.BadParameter("--user and --group exclude each other")
    directory = session.instance.service(session.realm(realm)).directory
    now = datetime.now(UTC)
    query = JournalQuery(
        type="User" if user is not None else "Group" if group is not None else None,
        name=user if user is not None else group,
        request_id=request,
        since=moment(since, now) if since else None,
        until=moment(until, now) if until else None,
        count=count or _PAGE,
        newest=count > 0,
    )
    entries = await directory.journal(query)
    while True:
        for entry in entries:
            _put(entry, as_json=as_json)
        if entries:
            query = replace(query, after=entries[-1].sequence)
        query = replace(query, newest=False, count=_PAGE)
        complete = len(entries) < _PAGE or count > 0
        if complete and not follow:
            return
        if complete:
            sys.stdout.flush()
            await asyncio.sleep(_POLL)
            count = 0
        entries = await directory.journal(query)


def _put(entry: Entry, *, as_json: bool) -> None:
    if as_json:
        put_json(entry_document(entry))
    else:
        put(line(entry))


def line(entry: Entry) -> str:
    """An entry on one line: when, what, whose, by whom, and what is different."""
    who = entry.actor.principal
    head = f"{entry.time}  {entry.operation:6} {entry.type} {entry.name!r} by {who} ({entry.actor.request_id or '-'})"
    return "  ".join([head, *_differences(entry)])


def _differences(entry: Entry) -> list[str]:
    if entry.operation != "change":
        return []
    changes = differences(entry.before, entry.after)
    changes += [f"+member {id_}" for id_ in entry.members_added]
    changes += [f"-member {id_}" for id_ in entry.members_removed]
    return [*changes, "password set"] if entry.password else changes


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs, one text for each name, cut where it would not read as a part of a line."""
    return [
        f"{name}: {_text(before.get(name))} -> {_text(after.get(name))}" for name in dict.fromkeys([*before, *after])
    ]


def _text(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004 (characters that still read as a line)
