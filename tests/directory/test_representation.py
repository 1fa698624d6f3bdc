"""How records look from outside: spliced together from bytes, and the same as if it were done with values."""

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.directory.ports import Member, Membership, Record
from scimbridge.directory.representation import Representation
from scimbridge.scim.core import CORE, with_extensions
from scimbridge.scim.projection import View, view
from scimbridge.scim.schema import ResourceType

from .conftest import BASE

HIDING = "urn:example:params:scim:schemas:hiding:1.0:User"
HIDDEN = {
    "id": HIDING,
    "name": "Hiding",
    "attributes": [{"name": "note", "returned": "request"}, {"name": "pin", "returned": "never"}],
}
WITH_HIDDEN = with_extensions(CORE, [("User", HIDDEN, False)])

texts = st.text(max_size=6) | st.sampled_from(['"', "\\", "\x00", "\x7f", "}", "é", "\U0001f600"])
ids = st.integers(1, 3).map("00000000-0000-4000-8000-{:012}".format)
documents = st.fixed_dictionaries(
    {"schemas": st.just(["urn:x"]), "id": ids},
    optional={
        "userName": texts,
        "displayName": texts,
        HIDING: st.dictionaries(st.sampled_from(["note", "pin"]), texts),
    },
)
groups: st.SearchStrategy[tuple[Membership, ...]] = st.lists(
    st.builds(Membership, ids, texts, st.booleans()), max_size=3
).map(tuple)
members = st.lists(st.builds(Member, ids, st.sampled_from(["User", "Group"]), texts), max_size=3)
times = st.sampled_from(["2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"])
rows = st.tuples(documents, st.integers(1, 10**9), times, times, groups)
names = st.lists(
    st.sampled_from(
        ["id", "userName", "MEMBERS", "members.value", "groups", "groups.display", "meta.version", "note", "x", HIDING]
    )
)
asked = st.tuples(st.none() | names, names)
Row = tuple[dict[str, Any], int, str, str, tuple[Membership, ...]]
Asked = tuple[list[str] | None, list[str]]


def whole(record: Record, members: Sequence[Member]) -> dict[str, Any]:
    """A resource with all it has."""
    document = dict(orjson.loads(record.document))
    if record.groups:
        document["groups"] = [
            {
                "value": group.id,
                "$ref": f"{BASE}/Groups/{group.id}",
                "display": group.display,
                "type": "direct" if group.direct else "indirect",
            }
            for group in record.groups
        ]
    if members:
        document["members"] = [
            {"value": member.id, "$ref": f"{BASE}/{member.type}s/{member.id}", "type": member.type}
            | ({"display": member.display} if member.display else {})
            for member in members
        ]
    document["meta"] = {
        "resourceType": record.type,
        "created": record.created,
        "lastModified": record.modified,
        "location": f"{BASE}/{record.type}s/{record.id}",
        "version": f'W/"{record.version}"',
    }
    return document


def look(kind: ResourceType, record: Record, members: Sequence[Member], asked: Asked) -> dict[str, Any]:
    return view(kind, *asked).apply(whole(record, members))


def chosen(kind: ResourceType, asked: Asked) -> View | None:
    return None if asked == (None, []) else view(kind, *asked)


def record(kind: ResourceType, document: dict[str, Any], *rest: Any) -> Record:
    return Record(kind.name, document["id"], orjson.dumps(document), *rest)


@given(st.booleans(), st.lists(rows, min_size=1, max_size=4), asked)
def test_a_page_is_what_the_view_leaves_of_all_there_is(hides: bool, people: list[Row], asked: Asked) -> None:
    types = WITH_HIDDEN if hides else CORE
    kind = types.by_name["User"]
    records = [record(kind, *row) for row in people]
    shown = Representation(kind, types).render_all(records, BASE, chosen(kind, asked))
    assert [orjson.loads(body) for body in shown] == [look(kind, record, (), asked) for record in records]


@given(rows, members, asked)
def test_a_group_is_what_the_view_leaves_of_all_there_is(row: Row, members: list[Member], asked: Asked) -> None:
    kind = CORE.by_name["Group"]
    representation, wanted = Representation(kind, CORE), chosen(kind, asked)
    team = record(kind, *row)
    read = members if representation.shows_members(wanted) else []
    assert orjson.loads(representation.render(team, BASE, wanted, read)) == look(kind, team, members, asked)
