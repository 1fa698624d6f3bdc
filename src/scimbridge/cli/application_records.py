"""`scimbridge application journal` and `links`: what was pushed, and what is tied to what."""

from typing import Annotated, Any, Literal

import typer

from scimbridge.cli.journal import differences
from scimbridge.cli.output import Refused, put, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm
from scimbridge.provisioning.ports import Entry, Link
from scimbridge.web.admin.push_documents import link_document, push_entry_document


def add_commands(group: typer.Typer) -> None:
    command(group, "journal")(journal)
    command(group, "links")(links)
    command(group, "unlink")(unlink)


async def journal(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    user: Annotated[str | None, typer.Option(help="Only this user, by userName or id.")] = None,
    group: Annotated[str | None, typer.Option(help="Only this group, by displayName or id.")] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Only what this push did.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Most entries, the newest ones.")] = 50,
    as_json: Json = False,
) -> None:
    """Show what was pushed and what came of it, oldest first; --json gives one object a line."""
    if user is not None and group is not None:
        raise typer.BadParameter("--user and --group exclude each other")
    provisioning = session.provisioning(realm)
    ledger = provisioning.ledger(provisioning.administration.get(application))
    source = provisioning.source_of("User", user) if user else provisioning.source_of("Group", group) if group else None
    for entry in ledger.journal(count=count, newest=True, source=source, run=run):
        if as_json:
            put_json(push_entry_document(entry))
        else:
            put(_line(entry))


async def links(session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False) -> None:
    """List who is what at the target: the links that prove that somebody there is ours to change."""
    provisioning = session.provisioning(realm)
    ledger = provisioning.ledger(provisioning.administration.get(application))
    found = [*await ledger.links("User"), *await ledger.links("Group")]
    if as_json:
        put_json([link_document(link) for link in found])
        return
    columns = ("type", "name there", "state", "confirmed", "not kept there", "id there", "id here")
    put_table(columns, [_row(link) for link in found])


async def unlink(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    user: Annotated[str | None, typer.Option(help="A user, by userName or id.")] = None,
    group: Annotated[str | None, typer.Option(help="A group, by displayName or id.")] = None,
    yes: Yes = False,
) -> None:
    """Forget who somebody is at the target; nothing is sent. Who is assigned is looked up by name at the next push."""
    if (user is None) == (group is None):
        raise typer.BadParameter("give one of --user and --group")
    provisioning = session.provisioning(realm)
    provisioner = provisioning.provisioner(provisioning.administration.get(application))
    name = user or group or ""
    confirm(f'Forget who "{name}" is at "{application}"?', yes=yes)
    type_: Literal["User", "Group"] = "User" if user else "Group"
    if not await provisioner.unlink(type_, provisioning.source_of(type_, name)):
        raise Refused(f'"{name}" is not linked; "scimbridge application links {realm} {application}" shows who is.')
    tell(f'"{name}" is linked no more.')


def _line(entry: Entry) -> str:
    outcome = entry.outcome or "open"
    reason = f": {entry.reason}" if entry.reason else ""
    head = f"{entry.time}  {entry.action} {entry.name!r}  {outcome}{reason}  ({entry.why})"
    return "  ".join([head, *differences(entry.before, entry.after)])


def _row(link: Link) -> tuple[Any, ...]:
    return link.type.lower(), link.name, link.state, link.confirmed, link.dropped, link.target, link.source
