"""The SCIM service of one realm: messages in, representations out; the directory keeps, the language decides.

The life of a request through here stands in docs/life-of-a-request.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from scimbridge.access.realm import Realm
from scimbridge.directory import passwords
from scimbridge.directory.passwords import Keeper
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Directory,
    Document,
    Member,
    MemberChange,
    New,
    Password,
    Record,
    RemoveMembers,
    RemoveMembersWhere,
    ReplaceMembers,
    Taken,
    UnknownMembers,
)
from scimbridge.directory.representation import Rendered, Representation
from scimbridge.scim.discovery import Limits
from scimbridge.scim.errors import InvalidValue, Mutability, NotFound, ScimError, Uniqueness
from scimbridge.scim.locations import Locations
from scimbridge.scim.messages import EVERYTHING, SearchRequest
from scimbridge.scim.patch import MemberEdit, compile_patch
from scimbridge.scim.projection import View, view
from scimbridge.scim.required import check_required
from scimbridge.scim.resource import Reader
from scimbridge.scim.schema import ResourceType, ResourceTypes
from scimbridge.scim.version import require

# The answer to a PATCH holds a group's members up to this many; above, it is 204. Else adding one member to a group
# of 100,000 would cost 100,000 (10 MB a reply); Okta and Entra ID take both answers.
MEMBERS_IN_PATCH_ANSWER = 100


class Call(NamedTuple):
    """What stands around a message: the SCIM base URL as the client knows it, who asks, what is to be returned.

    `if_match` is the If-Match header, or the `version` of a bulk operation.
    """

    base: str
    actor: Actor
    request: SearchRequest = EVERYTHING
    if_match: str | None = None


class Service:
    """Reads and writes the resources of one realm."""

    def __init__(
        self, realm: Realm, types: ResourceTypes, directory: Directory, keeper: Keeper, limits: Limits
    ) -> None:
        self.realm = realm
        self.types = types
        self.directory = directory
        self.limits = limits
        self._keeper = keeper
        self._readers = {kind.name: Reader(kind) for kind in types.types}
        self._representations = {kind.name: Representation(kind, types) for kind in types.types}

    async def read(self, kind: ResourceType, id: str, call: Call) -> Rendered:  # noqa: A002
        await self.directory.confirm(kind.name, id)
        record = self.directory.get(kind.name, id)
        if record is None:
            raise _not_found(kind, id)
        return await self.render(kind, record, chosen(kind, call.request), call.base)

    async def create(self, kind: ResourceType, body: Any, call: Call) -> Rendered:
        draft = self._readers[kind.name].read(body)
        if kind.schema.attribute("active"):
            draft.document.setdefault("active", True)  # who is created without it is meant to work (SPEC test step 1)
        kept = draft.password is not None and self.realm.password_policy != "ignore"  # noqa: S105 (a policy)
        if kept and self.realm.keycloak is None:  # a bridge may take over who is there
            self._refuse_taken(kind, draft.document[kind.naming])
        new = New(
            type=kind.name,
            document=draft.document,
            members=draft.members or (),
            password=await self._password(draft.password),
            skip_unknown=self.realm.unknown_members == "skip",
        )
        try:
            record = await self.directory.create(new, call.actor)
        except (Taken, UnknownMembers) as refusal:
            raise _in_words(kind, refusal) from None
        return await self.render(kind, record, chosen(kind, call.request), call.base)

    async def replace(self, kind: ResourceType, id: str, body: Any, call: Call) -> Rendered:  # noqa: A002
        await self.directory.confirm(kind.name, id)
        seen = self.directory.get(kind.name, id)
        if seen is None:
            raise _not_found(kind, id)
        reader = self._readers[kind.name]
        draft = reader.read(body, orjson.loads(seen.document))
        if draft.id not in (None, id):
            raise Mutability('Attribute "id" may not be changed.')
        secret = await self._password(draft.password)

        def change(record: Record) -> Change:
            require(call.if_match, record.version)
            existing = orjson.loads(record.document)
            latest = draft if record.version == seen.version else reader.read(body, existing)
            document = _keep_active(latest.document, existing)
            members = (ReplaceMembers(latest.members or ()),) if self._representations[kind.name].has_members else ()
            return Change(document, members, secret, self.realm.unknown_members == "skip", existing)

        record = await self._update(kind, id, change, call.actor)
        return await self.render(kind, record, chosen(kind, call.request), call.base)

    async def patch(self, kind: ResourceType, id: str, body: Any, call: Call) -> Rendered | None:  # noqa: A002
        """None: done, and there is no body to send (204)."""
        patch = compile_patch(body, kind)
        await self.directory.confirm(kind.name, id)
        if patch.id not in (None, id):
            raise Mutability('Attribute "id" may not be changed.')
        if patch.sets_password and self.directory.get(kind.name, id) is None:
            raise _not_found(kind, id)  # before a hash is paid for
        secret = await self._password(patch.password)
        locations = Locations(self.types, call.base)
        members = tuple(_member_change(edit, locations) for edit in patch.members)

        def change(record: Record) -> Change:
            require(call.if_match, record.version)
            existing = document = None
            if patch.touches_document:
                existing = orjson.loads(record.document)
                document = patch.apply(existing)
                check_required(document, kind)
            return Change(document, members, secret, self.realm.unknown_members == "skip", existing)

        record = await self._update(kind, id, change, call.actor)
        wanted = chosen(kind, call.request)
        if wanted is not None and wanted.empty:
            return None
        if self._representations[kind.name].has_members and call.request.attributes is None:
            return await self._render_bounded(kind, record, wanted, call.base)
        return await self.render(kind, record, wanted, call.base)

    async def delete(self, kind: ResourceType, id: str, call: Call) -> None:  # noqa: A002
        def check(record: Record) -> None:
            require(call.if_match, record.version)

        await self.directory.confirm(kind.name, id)
        if not await self.directory.delete(kind.name, id, check, call.actor):
            raise _not_found(kind, id)

    async def render(self, kind: ResourceType, record: Record, wanted: View | None, base: str) -> Rendered:
        representation = self._representations[kind.name]
        members: Sequence[Member] = ()
        if representation.shows_members(wanted):
            members = await self.directory.members(record.id)
        return representation.answer(record, base, wanted, members)

    async def render_page(
        self, kind: ResourceType, records: Sequence[Record], request: SearchRequest, base: str
    ) -> list[bytes]:
        """The resources of a page, all of this type, each as JSON."""
        representation, wanted = self._representations[kind.name], chosen(kind, request)
        if not representation.shows_members(wanted):
            return representation.render_all(records, base, wanted)
        return [
            representation.render(record, base, wanted, await self.directory.members(record.id)) for record in records
        ]

    async def _render_bounded(
        self, kind: ResourceType, record: Record, wanted: View | None, base: str
    ) -> Rendered | None:
        """The answer to a PATCH of a group that did not ask for its members by name."""
        representation = self._representations[kind.name]
        members: Sequence[Member] = ()
        if representation.shows_members(wanted):
            if self.directory.outnumbers(record.id, MEMBERS_IN_PATCH_ANSWER):
                return None
            members = await self.directory.members(record.id)
        return representation.answer(record, base, wanted, members)

    async def _update(
        self,
        kind: ResourceType,
        id: str,  # noqa: A002
        change: Callable[[Record], Change],
        actor: Actor,
    ) -> Record:
        try:
            record = await self.directory.update(kind.name, id, change, actor)
        except (Taken, UnknownMembers) as refusal:
            raise _in_words(kind, refusal) from None
        if record is None:
            raise _not_found(kind, id)
        return record

    def _refuse_taken(self, kind: ResourceType, name: str) -> None:
        """Before a hash is paid for; the store decides in the end."""
        if self.directory.lookup(kind.name, name) is not None:
            raise _in_words(kind, Taken(kind.naming))

    async def _password(self, sent: str | None) -> Password | None:
        accepted = passwords.accept(sent, self.realm.password_policy, self.realm.password_rules)
        return None if accepted is None else await self._keeper.keep(accepted)


def chosen(kind: ResourceType, request: SearchRequest) -> View | None:
    """What the client asked to see; None is the default, which needs no projection."""
    if request.attributes is None and not request.excluded:
        return None
    return view(kind, request.attributes, request.excluded)


def _in_words(kind: ResourceType, refusal: Taken | UnknownMembers) -> ScimError:
    """The store's refusal in SCIM's words."""
    if isinstance(refusal, Taken):
        return Uniqueness(f'Attribute "{refusal.attribute}": another {kind.name} has this value already.')
    return InvalidValue(f'Attribute "members": no resource has the id {_quoted(refusal.ids)}.')


def _quoted(ids: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(f'"{id_[:64]}"' for id_ in ids[:most])
    return f"{shown} and {len(ids) - most} more" if len(ids) > most else shown


def _not_found(kind: ResourceType, id: str) -> NotFound:  # noqa: A002
    return NotFound(f'{kind.name} "{id[:64]}" does not exist.')


def _keep_active(document: Document, existing: Mapping[str, Any]) -> Document:
    """A PUT without `active` leaves it as it is: OneLogin's templates may not have it, and nobody means a lock-out."""
    if "active" in existing and "active" not in document:
        document["active"] = existing["active"]
    return document


def _member_change(edit: MemberEdit, locations: Locations) -> MemberChange:
    if edit.operation == "add":
        return AddMembers(edit.ids)
    if edit.operation == "replace":
        return ReplaceMembers(edit.ids)
    return RemoveMembers(edit.ids) if edit.filter is None else RemoveMembersWhere(locations.element(edit.filter))
