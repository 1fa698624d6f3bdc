"""`scimbridge user` and `scimbridge group`: what the directory of a realm holds."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import orjson
import typer

from scimbridge.cli.output import Refused, put_json, put_pretty, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, UserName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.directory.ports import Actor, Document, Query, Record
from scimbridge.directory.service import Call, Service
from scimbridge.scim.filter import bind_text
from scimbridge.scim.schema import ResourceType
from scimbridge.wiring import scim_base_url

Filter = Annotated[str | None, typer.Option(help="A SCIM filter, such as 'active eq false'.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group's displayName or id.")]

_PAGE = 500


def add_commands(application: typer.Typer) -> None:
    users = new_group(application, "user", "Users of a realm.")
    command(users, "list")(list_users)
    command(users, "show")(show_user)
    command(users, "delete")(delete_user)
    groups = new_group(application, "group", "Groups of a realm.")
    command(groups, "list")(list_groups)
    command(groups, "show")(show_group)
    command(groups, "delete")(delete_group)


async def list_users(session: Session, *, realm: RealmName, filter: Filter = None, as_json: Json = False) -> None:  # noqa: A002
    """List users; --json gives them as SCIM resources."""
    service = _service(session, realm)
    if as_json:
        put_json(await _resources(session, service, "User", filter))
    else:
        put_table(USER_COLUMNS, [user_row(service, record) async for record in find(service, "User", filter)])


async def show_user(session: Session, *, realm: RealmName, user: UserName, as_json: Json = False) -> None:
    """Show a user as a SCIM resource."""
    await _show(session, realm, "User", user, as_json=as_json)


async def delete_user(session: Session, *, realm: RealmName, user: UserName, yes: Yes = False) -> None:
    """Delete a user and take it out of its groups."""
    await _delete(session, realm, "User", user, yes=yes)


async def list_groups(session: Session, *, realm: RealmName, filter: Filter = None, as_json: Json = False) -> None:  # noqa: A002
    """List groups; --json gives them as SCIM resources."""
    service = _service(session, realm)
    if as_json:
        put_json(await _resources(session, service, "Group", filter))
    else:
        put_table(GROUP_COLUMNS, [await group_row(service, record) async for record in find(service, "Group", filter)])


async def show_group(session: Session, *, realm: RealmName, group: Group, as_json: Json = False) -> None:
    """Show a group as a SCIM resource."""
    await _show(session, realm, "Group", group, as_json=as_json)


async def delete_group(session: Session, *, realm: RealmName, group: Group, yes: Yes = False) -> None:
    """Delete a group; its members stay."""
    await _delete(session, realm, "Group", group, yes=yes)


USER_COLUMNS = ("userName", "name", "active", "groups", "password", "id")
GROUP_COLUMNS = ("displayName", "members", "id")
_SHOWN_MEMBERS = 10


def user_row(service: Service, record: Record) -> Sequence[Any]:
    """A user as a line of USER_COLUMNS; of the password only whether one is stored."""
    document = orjson.loads(record.document)
    stored = service.directory.password(record.id) is not None
    groups = [group.display for group in record.groups]
    return (
        document["userName"],
        _name(document),
        document.get("active"),
        groups,
        "stored" if stored else "",
        record.id,
    )


async def group_row(service: Service, record: Record) -> Sequence[Any]:
    """A group as a line of GROUP_COLUMNS."""
    members = [member.display for member in await service.directory.members(record.id, _SHOWN_MEMBERS + 1)]
    if len(members) > _SHOWN_MEMBERS:
        members[-1] = "..."
    return (orjson.loads(record.document)["displayName"], members, record.id)


async def find(service: Service, kind: str, text: str | None) -> AsyncIterator[Record]:
    """All resources of a type that match the filter, in order of creation."""
    bound = bind_text(text, service.types.by_name[kind]) if text else None
    query = Query({kind: bound}, count=_PAGE)
    while True:
        page = await service.directory.search(query)
        for record in page.records:
            yield record
        if page.next is None:
            return
        query = replace(query, after=page.next)


def _name(document: Document) -> str:
    name = document.get("name", {})
    whole = " ".join(part for key in ("givenName", "familyName") if (part := name.get(key)))
    return document.get("displayName") or name.get("formatted") or whole


def _service(session: Session, realm: str) -> Service:
    return session.instance.service(session.realm(realm))


def _call(session: Session, service: Service) -> Call:
    return Call(scim_base_url(session.settings, service.realm.name), Actor(session.actor))


async def _resources(session: Session, service: Service, kind: str, text: str | None) -> list[Any]:
    resource_type, call = service.types.by_name[kind], _call(session, service)
    rendered = [await service.render(resource_type, r, None, call.base) async for r in find(service, kind, text)]
    return [orjson.loads(one.body) for one in rendered]


async def _show(session: Session, realm: str, kind: str, name: str, *, as_json: bool) -> None:
    service = _service(session, realm)
    resource_type, record = _lookup(service, kind, name)
    rendered = await service.render(resource_type, record, None, _call(session, service).base)
    document = orjson.loads(rendered.body)
    if as_json:
        put_json(document)
    else:
        put_pretty(document)


async def _delete(session: Session, realm: str, kind: str, name: str, *, yes: bool) -> None:
    service = _service(session, realm)
    resource_type, record = _lookup(service, kind, name)
    confirm(f'Delete {kind.lower()} "{name}" of realm "{realm}"?', yes=yes)
    await service.delete(resource_type, record.id, _call(session, service))
    tell(f'{kind} "{name}" is deleted.')


def _lookup(service: Service, kind: str, name: str) -> tuple[ResourceType, Record]:
    """By name, or else by id. Raises Refused."""
    record = service.directory.lookup(kind, name) or service.directory.get(kind, name)
    if record is None:
        word, realm = kind.lower(), service.realm.name
        raise Refused(f'There is no {word} "{name}" in realm "{realm}"; "scimbridge {word} list {realm}" shows them.')
    return service.types.by_name[kind], record
