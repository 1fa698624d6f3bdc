"""`scimbridge application assign`: who gets an application."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName
from scimbridge.cli.session import Session, command
from scimbridge.cli.setting import read_pairs
from scimbridge.provisioning.application import Assignment
from scimbridge.provisioning.assignment_settings import assignment_to_document

if TYPE_CHECKING:
    from scimbridge.wiring.provisioning import Provisioning

Users = Annotated[list[str] | None, typer.Option("--user", help="A user, by userName or id. Repeatable.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="A group, by displayName or id. Repeatable.")]


def add_commands(group: typer.Typer) -> None:
    command(group, "assign")(assign)
    command(group, "unassign")(unassign)
    command(group, "assignments")(show_all)


async def assign(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    user: Users = None,
    group: Groups = None,
    priority: Annotated[
        int, typer.Option(min=0, help="Of several groups that reach a person, the lowest number counts.")
    ] = 0,
    override: Annotated[
        list[str] | None,
        typer.Option(metavar="ATTRIBUTE=VALUE", help="A value in place of what the mapping gives. Repeatable."),
    ] = None,
    override_expression: Annotated[
        list[str] | None,
        typer.Option(metavar="ATTRIBUTE=EXPRESSION", help="The same, as an expression. Repeatable."),
    ] = None,
) -> None:
    """Assign users and groups; who is assigned already gets this priority and these overrides."""
    provisioning = session.provisioning(realm)
    overrides: dict[str, Any] = {path: value or "" for path, value in read_pairs(override or ()).items()}
    overrides |= {path: {"expression": text or ""} for path, text in read_pairs(override_expression or ()).items()}
    assignments = [Assignment(type_, id_, priority, overrides) for type_, id_ in _named(provisioning, user, group)]
    await provisioning.administration.assign(application, assignments, actor=session.actor)
    tell(f'{_counted(assignments)} assigned to "{application}".')


async def unassign(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    user: Users = None,
    group: Groups = None,
) -> None:
    """Take assignments back; whom no other one reaches is deactivated there, or what the application says."""
    provisioning = session.provisioning(realm)
    named = list(_named(provisioning, user, group))
    for type_, id_ in named:
        await provisioning.administration.unassign(application, type_, id_, actor=session.actor)
    tell(f'{_counted(named)} assigned to "{application}" no more.')


async def show_all(session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False) -> None:
    """List the assignments, in order of priority."""
    provisioning = session.provisioning(realm)
    rows = [
        (assignment.type, provisioning.name_of(assignment.type, assignment.id), assignment)
        for assignment in provisioning.administration.assignments(application)
    ]
    if as_json:
        put_json([_document(name, assignment) for _, name, assignment in rows])
        return
    columns = ("type", "name", "priority", "overrides", "id")
    put_table(columns, [(type_.lower(), name, a.priority, _pairs(a), a.id) for type_, name, a in rows])


def _named(
    provisioning: "Provisioning", users: Sequence[str] | None, groups: Sequence[str] | None
) -> Iterator[tuple[Literal["User", "Group"], str]]:
    """(type, id) of those that options name. Raises Refused."""
    if not users and not groups:
        raise Refused("Nobody was named; give --user or --group.")
    for name in users or ():
        yield "User", provisioning.find("User", name).id
    for name in groups or ():
        yield "Group", provisioning.find("Group", name).id


def _document(name: str, assignment: Assignment) -> dict[str, Any]:
    return {**assignment_to_document(assignment), "name": name}


def _pairs(assignment: Assignment) -> list[str]:
    return [
        f"{path}={value['expression'] if isinstance(value, Mapping) else value}"
        for path, value in assignment.overrides.items()
    ]


def _counted(rows: Sequence[Any]) -> str:
    return "1 is" if len(rows) == 1 else f"{len(rows)} are"
