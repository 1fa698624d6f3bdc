"""Resources together with what ties them to the target, in one statement.

Beside a busy writer thread each further one costs more in waiting for Python's lock (30 us) than in SQLite (5 us).
"""

# ruff: noqa: S608 (constants)

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from scimbridge.adapters.sqlite import records
from scimbridge.bridge.ports import Link, Linked, Place

_LINK: Final = "l.type, l.id, l.target, l.state, l.confirmed, l.actual"
# `r` is a resource; the link of a group that was something else before is none, as in links.py.
_ITS_LINK: Final = (
    "LEFT JOIN link l ON l.realm = r.realm AND l.id = r.id AND (l.type <> 'Group' OR l.group_roles = :roles)"
)
_FIND: Final = f"""
    SELECT {_LINK}, {records.COLUMNS_OF_FEW}
    FROM resource r {_ITS_LINK}
    WHERE r.realm = :realm AND r.id = :id AND r.type = :type
"""
_PLACE: Final = f"""
    r.id, EXISTS (SELECT 1 FROM membership m WHERE m.member_seq = r.seq AND m.group_seq = g.seq), {_LINK}
"""
_IN_GROUP: Final = f"LEFT JOIN resource g ON g.realm = r.realm AND g.id = :group {_ITS_LINK}"
_ONE: Final = f"SELECT {_PLACE} FROM resource r {_IN_GROUP} WHERE r.realm = :realm AND r.id = :id"
_SOME: Final = f"""
    SELECT {_PLACE} FROM json_each(:ids) j CROSS JOIN resource r ON r.realm = :realm AND r.id = j.value {_IN_GROUP}
"""

# A realm, and what groups are there (access.realm.Keycloak.group_roles).
Realm = tuple[str, str]


def find(connection: sqlite3.Connection, realm: Realm, type: str, id: str) -> Linked | None:  # noqa: A002
    """A resource and its link."""
    parameters = {"realm": realm[0], "roles": realm[1], "id": id, "type": type}
    row = connection.execute(_FIND, parameters).fetchone()
    if row is None:
        return None
    columns = len(Link._fields)
    return Linked(records.record(connection, type, row[columns:]), _link(row[:columns]))


def find_places(connection: sqlite3.Connection, realm: Realm, group: str, ids: Sequence[str]) -> Mapping[str, Place]:
    """What each of the resources is to the group."""
    parameters = {"realm": realm[0], "roles": realm[1], "group": group}
    if len(ids) == 1:
        rows = connection.execute(_ONE, parameters | {"id": ids[0]}).fetchall()
    else:
        rows = connection.execute(_SOME, parameters | {"ids": orjson.dumps(ids).decode()}).fetchall()
    return {id_: Place(bool(is_in), _link(link)) for id_, is_in, *link in rows}


def _link(row: Sequence[Any]) -> Link | None:
    return None if row[0] is None else Link._make(row)
