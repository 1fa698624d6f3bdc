"""`scimbridge push-group`: which groups are pushed to an application."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName, Yes
from scimbridge.cli.push import put_summary
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.push_group_settings import push_group_from_document, push_group_to_document

if TYPE_CHECKING:
    from scimbridge.wiring.provisioning import Provisioning

Name = Annotated[str, typer.Argument(metavar="NAME", help="The push group's name: that of the group, or of the rule.")]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "push-group", "Which groups are pushed to an application.")
    command(group, "add")(add)
    command(group, "list")(show_all)
    command(group, "pause")(pause)
    command(group, "resume")(resume)
    command(group, "push-now")(push_now)
    command(group, "remove")(remove)


async def add(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The group, by displayName or id; or the rule's name.")],
    starts_with: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A rule: groups whose name starts so.")
    ] = None,
    ends_with: Annotated[str | None, typer.Option(metavar="TEXT", help="A rule: groups whose name ends so.")] = None,
    contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A rule: groups whose name has this in it.")
    ] = None,
    equals: Annotated[str | None, typer.Option(metavar="TEXT", help="A rule: groups of this name.")] = None,
    by_description: Annotated[bool, typer.Option("--by-description", help="The rule looks at descriptions.")] = False,
    link_to: Annotated[str, typer.Option(metavar="NAME", help="The group there, if not one of its own name.")] = "",
    rename: Annotated[bool, typer.Option(help="Whether the group there follows a change of name here.")] = True,
) -> None:
    """Push a group, or all that a rule matches, with those members who are provisioned."""
    provisioning = session.provisioning(realm)
    rules = {"startsWith": starts_with, "endsWith": ends_with, "contains": contains, "equals": equals}
    given = {operator: value for operator, value in rules.items() if value is not None}
    if len(given) > 1:
        raise Refused("A rule has one of --starts-with, --ends-with, --contains, --equals.")
    document: dict[str, Any] = {"name": name, "linkTo": link_to, "rename": rename}
    for operator, value in given.items():
        document |= {"operator": operator, "value": value, "attribute": "description" if by_description else "name"}
    if not given:
        group = provisioning.find("Group", name)
        document |= {"group": group.id, "name": provisioning.name_of("Group", group.id)}
    push_group = push_group_from_document(document)
    await provisioning.administration.put_push_group(application, push_group, actor=session.actor)
    tell(f'"{push_group.name}" is pushed to "{application}".')


async def show_all(session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False) -> None:
    """List the push groups."""
    provisioning = session.provisioning(realm)
    found = provisioning.administration.push_groups(application)
    if as_json:
        put_json([push_group_to_document(push_group) for push_group in found])
        return
    columns = ("push group", "what", "becomes", "follows the name", "active")
    put_table(columns, [_row(provisioning, push_group) for push_group in found])


async def pause(session: Session, *, realm: RealmName, application: ApplicationName, name: Name) -> None:
    """Send nothing of a push group until it is resumed."""
    administration = session.provisioning(realm).administration
    await administration.change_push_group(application, name, {"active": False}, actor=session.actor)
    tell(f'"{name}" is paused.')


async def resume(session: Session, *, realm: RealmName, application: ApplicationName, name: Name) -> None:
    """Push a group again, with what has changed meanwhile."""
    administration = session.provisioning(realm).administration
    await administration.change_push_group(application, name, {"active": True}, actor=session.actor)
    tell(f'"{name}" is pushed again.')


async def push_now(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="The group, by displayName or id.")],
    as_json: Json = False,
) -> None:
    """Give a group there its name and exactly its members, whatever others made of it."""
    provisioning = session.provisioning(realm)
    provisioner = provisioning.provisioner(provisioning.administration.get(application))
    put_summary(await provisioner.push_now(provisioning.find("Group", group).id), as_json=as_json)


async def remove(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    name: Name,
    delete: Annotated[bool, typer.Option("--delete/--leave", help="Whether its groups there are deleted.")] = False,
    yes: Yes = False,
) -> None:
    """Push it no more; its groups there stay as they are, or are deleted."""
    provisioning = session.provisioning(realm)
    found = provisioning.administration.get(application)
    provisioning.administration.push_group(application, name)
    if delete:
        confirm(f"Delete {await provisioning.pushed(found, name)} groups there?", yes=yes)
    await provisioning.administration.drop_push_group(application, name, actor=session.actor, delete=delete)
    tell(f'"{name}" is pushed no more.')


def _row(provisioning: "Provisioning", push_group: PushGroup) -> tuple[Any, ...]:
    if push_group.group:
        what = f"group {provisioning.name_of('Group', push_group.group)}"
    else:
        what = f"{push_group.attribute} {push_group.operator} {push_group.value}"
    return push_group.name, what, push_group.link_to or "its own name", push_group.rename, push_group.active
