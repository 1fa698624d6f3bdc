"""People and groups of an LDAP server.

A first reading takes everything. Later ones list the keys of all entries, so that those that are gone show, and take in
full what was changed since, and what an import asks for again. The groups are read again in full as soon as anybody was
changed, since a member may have come into sight whom a group named all along.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ldap3.utils.dn import parse_dn

from scimbridge.adapters.ldap.connection import Connection, Entry, connect
from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.provisioning.sources.ports import Kind, Problem, Reading, Row
from scimbridge.provisioning.sources.source import LdapServer
from scimbridge.provisioning.sources.usual import LDAP_MAPPINGS
from scimbridge.provisioning.target import Attempted

# When an entry was changed, and how the time ends in a filter: by the standard (RFC 4512 section 3.4.4), and by Active
# Directory, which shows the first too and cannot be asked for it.
_CHANGED: Final = {"modifyTimestamp": "Z", "whenChanged": ".0Z"}
_MEMBERS: Final = ("member", "uniqueMember", "memberUid")
# A change that another replica took reaches this one later, with the time of the first.
_OVERLAP: Final = timedelta(minutes=10)
_TIME: Final = "%Y%m%d%H%M%S"


class LdapPeople:
    """Fulfils provisioning.sources.ports.People; `attributes`: those of people that mappings read."""

    def __init__(self, settings: LdapServer, password: str, attributes: Iterable[str]) -> None:
        self._settings = settings
        self._password = password
        self._attributes = tuple(dict.fromkeys(attributes))

    async def test(self) -> Sequence[Attempted]:
        return await asyncio.to_thread(self._test)

    async def read(self, cursor: str, again: Collection[str] = ()) -> Reading:
        return await asyncio.to_thread(self._read, cursor, frozenset(again))

    async def close(self) -> None:
        """Each reading has a connection of its own."""

    def _test(self) -> Sequence[Attempted]:
        settings = self._settings
        attempts: list[Attempted] = []
        request = f"sign in at {settings.url} as {settings.bind_dn or 'nobody'}"
        try:
            with connect(settings, self._password) as connection:
                attempts.append(Attempted(request, "signed in", good=True))
                for what, base, filter_ in _parts(settings):
                    request = f"look for {what} below {base}: {filter_}"
                    good = connection.holds(base, filter_)
                    advice = "" if good else "Check the base and the filter, and what this bind DN may see."
                    attempts.append(Attempted(request, "there are some" if good else "nobody is there", good, advice))
        except ProvisioningError as error:
            attempts.append(Attempted(request, str(error), good=False))
        return attempts

    def _read(self, cursor: str, again: frozenset[str]) -> Reading:
        with connect(self._settings, self._password) as connection:
            return _Reader(self._settings, self._attributes, connection).read(cursor, again)


@dataclass
class _Reader:
    settings: LdapServer
    attributes: Sequence[str]
    connection: Connection
    keys: dict[Kind, dict[str, str]] = field(default_factory=lambda: {"User": {}, "Group": {}})  # with their DNs
    by_dn: dict[str, str] = field(default_factory=dict)
    by_uid: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    latest: dict[str, str] = field(default_factory=dict)  # by attribute
    outside: int = 0

    def read(self, cursor: str, again: frozenset[str]) -> Reading:
        settings = self.settings
        people = self._people(_since(settings.user_filter, cursor))
        if cursor:
            self._list("User", settings.user_base, settings.user_filter)
        groups = self._groups("" if people else cursor)
        people += self._again("User", again.difference(row.key for row in people))
        groups += self._again("Group", again.difference(row.key for row in groups))
        notes = [f"{self.outside} members of groups are outside of what is read."] if self.outside else []
        return Reading(
            rows=[*people, *groups],
            keys={kind: frozenset(keys) for kind, keys in self.keys.items()},
            usual=LDAP_MAPPINGS,
            problems=self.problems,
            cursor=_cursor(self.latest),
            notes=notes,
        )

    def _people(self, filter_: str) -> list[Row]:
        wanted = self._wanted("User")
        return [self._row("User", entry) for entry in self._entries("User", self.settings.user_base, filter_, wanted)]

    def _again(self, kind: Kind, keys: frozenset[str]) -> list[Row]:
        """Each by its DN: a key may be no text to filter by. Those that are gone are left out."""
        filter_ = self.settings.user_filter if kind == "User" else self.settings.group_filter
        wanted, known = self._wanted(kind), self.keys[kind]
        places = [known[key] for key in sorted(keys & known.keys())]
        return [
            self._row(kind, entry)
            for place in places
            for entry in self._entries(kind, place, filter_, wanted, alone=True)
        ]

    def _wanted(self, kind: Kind) -> Sequence[str]:
        """Attributes that rows are made of."""
        if kind == "Group":
            return [self.settings.group_name, "description", *_MEMBERS]
        return [*map(_spelled, self.attributes), "uid"]

    def _row(self, kind: Kind, entry: Entry) -> Row:
        if kind == "Group":
            return self._group(entry)
        values = {name: _value(entry.values.get(_spelled(name).lower(), ())) for name in self.attributes}
        return Row("User", entry.first(self.settings.key), entry.dn, values)

    def _groups(self, cursor: str) -> list[Row]:
        settings = self.settings
        if not settings.group_base:
            return []
        self._list("Group", settings.group_base, settings.group_filter)  # a group may name one that comes after it
        filter_ = _since(settings.group_filter, cursor)
        found = list(self._entries("Group", settings.group_base, filter_, self._wanted("Group")))
        return [self._row("Group", entry) for entry in found]

    def _group(self, entry: Entry) -> Row:
        document: dict[str, Any] = {"displayName": entry.first(self.settings.group_name)}
        if description := entry.first("description"):
            document["description"] = description
        return Row("Group", entry.first(self.settings.key), entry.dn, document, self._members(entry))

    def _members(self, entry: Entry) -> Sequence[str]:
        """Keys of those that are read, in order; a placeholder in an empty group (a DN of nobody) is not counted."""
        named = [self._key_of(dn) for attribute in _MEMBERS[:2] for dn in entry.values.get(attribute.lower(), ()) if dn]
        named += [self.by_uid.get(uid) for uid in entry.values.get("memberuid", ())]
        known = [key for key in named if key]
        self.outside += len(named) - len(known)
        return list(dict.fromkeys(known))

    def _list(self, kind: Kind, base: str, filter_: str) -> None:
        """Takes the keys, and nothing else, of all that is there."""
        for _ in self._entries(kind, base, filter_, ["uid"] if kind == "User" else []):
            pass

    def _entries(
        self, kind: Kind, base: str, filter_: str, attributes: Sequence[str], *, alone: bool = False
    ) -> Iterable[Entry]:
        """What is found below `base`, or there `alone`, each once it is known by its key."""
        key_name = self.settings.key
        for entry in self.connection.search(base, filter_, [*attributes, key_name, *_CHANGED], alone=alone):
            key = entry.first(key_name)
            if not key:
                reason = f'the attribute "{key_name}", which is to tell the entries apart, is not there or not shown'
                self.problems.append(Problem(entry.dn, reason))
                continue
            self.keys[kind][key] = entry.dn
            self.by_dn[entry.dn.casefold()] = key
            if kind == "User":
                self.by_uid.update(dict.fromkeys(entry.values.get("uid", ()), key))
            for name in _CHANGED:
                self.latest[name] = max(self.latest.get(name, ""), entry.first(name)[: len("yyyymmddhhmmss")])
            yield entry

    def _key_of(self, dn: str) -> str | None:
        return self.by_dn.get(dn.casefold()) or self.by_dn.get(_normal(dn))


def _parts(settings: LdapServer) -> list[tuple[str, str, str]]:
    parts = [("people", settings.user_base, settings.user_filter)]
    return [*parts, ("groups", settings.group_base, settings.group_filter)] if settings.group_base else parts


def _spelled(name: str) -> str:
    """An attribute as LDAP writes it, from what an expression writes."""
    return name.replace("_", "-")


def _since(filter_: str, cursor: str) -> str:
    return f"(&{filter_}({cursor}))" if cursor else filter_


def _cursor(latest: Mapping[str, str]) -> str:
    """The condition for a next reading, "" if the server does not say when entries were changed."""
    for name, ending in reversed(_CHANGED.items()):
        if time := latest.get(name):
            moment = datetime.strptime(time, _TIME).replace(tzinfo=UTC) - _OVERLAP
            return f"{name}>={moment.strftime(_TIME)}{ending}"
    return ""


def _value(values: Sequence[str]) -> str | list[str]:
    """One value as a text, several as a list."""
    return list(values) if len(values) > 1 else next(iter(values), "")


def _normal(dn: str) -> str:
    """A DN without blanks around its parts, folded: one server may write it in two ways."""
    return "".join(f"{name}={value}{separator}" for name, value, separator in parse_dn(dn, strip=True)).casefold()
