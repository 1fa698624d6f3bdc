"""What a user is to have at the target: the application's mapping over the profile as it is now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from scimbridge.directory.ports import Directory, Record
from scimbridge.provisioning.application import Application, Assignment
from scimbridge.provisioning.expression import Context, GroupName
from scimbridge.provisioning.mapping import Mapped, MappingFailed, ProfileMapping, digest
from scimbridge.provisioning.ports import Link
from scimbridge.provisioning.profile import profile

_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Outline(NamedTuple):
    """`created`: what a create sends. `mapped`: what holds from then on, `digest` of it. `name`: the userName there."""

    created: Mapped
    mapped: Mapped
    digest: str
    name: str


class Outlines:
    """Those of one application. `org`: what expressions read as `org.x`."""

    def __init__(
        self, application: Application, directory: Directory, clock: Callable[[], datetime], org: Mapping[str, Any]
    ) -> None:
        self._application = application
        self._directory = directory
        self._clock = clock
        self._org = org
        self._mapping = ProfileMapping(application.mappings, push_nulls=application.push_nulls)
        self._overridden: dict[str, ProfileMapping] = {}
        self._differs_at_creation = any(mapping.apply == "create" for mapping in application.mappings)

    def of(self, record: Record, assignment: Assignment | None, link: Link | None = None) -> Outline:
        """Raises MappingFailed."""
        context, mapping = self.context(record, link), self.mapping(assignment)
        mapped = mapping.document(context, created=False)
        created = mapping.document(context, created=True) if self._differs_at_creation else mapped
        name = created.document.get("userName")
        if not isinstance(name, str) or not name:
            raise MappingFailed("userName", "it gives no value for this person.")
        if link is not None and link.name and self._application.exclude_username_updates:
            name = link.name
        if mapped.document.get("userName") != name:  # every update carries it, as Okta's do
            mapped = Mapped(mapped.document | {"userName": name}, mapped.cleared, mapped.absent)
        return Outline(created, mapped, digest(mapped), name)

    def mapping(self, assignment: Assignment | None) -> ProfileMapping:
        """With the overrides of this assignment; compiled once for all whom it reaches."""
        if assignment is None or not assignment.overrides:
            return self._mapping
        key = assignment.digest
        if key not in self._overridden:
            self._overridden[key] = self._mapping.apply_overrides(assignment.overrides)
        return self._overridden[key]

    def context(self, record: Record, link: Link | None = None) -> Context:
        """What expressions see of a person."""
        document = orjson.loads(record.document)
        return Context(
            profile=profile(document),
            now=self._clock(),
            id=record.id,
            status="ACTIVE" if document.get("active", True) else "DEPROVISIONED",
            groups=lambda: _groups(record),
            manager=_Once(lambda: self._manager(document)),
            appuser=profile(orjson.loads(link.pushed)) if link is not None and link.pushed else {},
            app=self._application.custom,
            org=self._org,
        )

    def _manager(self, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The person whom the enterprise extension names by id, or by userName."""
        value = (document.get(_ENTERPRISE, {}).get("manager") or {}).get("value")
        if not isinstance(value, str):
            return None
        record = self._directory.get("User", value) or self._directory.lookup("User", value)
        return profile(orjson.loads(record.document)) if record is not None else None


class _Once:
    """Calls once; functools.cache makes something larger of it, for 4 us a person who mostly is not asked for."""

    __slots__ = ("_call", "_found")

    def __init__(self, call: Callable[[], Mapping[str, Any] | None]) -> None:
        self._call: Callable[[], Mapping[str, Any] | None] | None = call
        self._found: Mapping[str, Any] | None = None

    def __call__(self) -> Mapping[str, Any] | None:
        if self._call is not None:
            self._found, self._call = self._call(), None
        return self._found


def pushed(link: Link | None) -> Mapped | None:
    """What was last pushed, if that is known."""
    return Mapped(orjson.loads(link.pushed)) if link is not None and link.pushed else None


def _groups(record: Record) -> Sequence[GroupName]:
    return [GroupName(group.id, group.display) for group in record.groups]
