"""The truth table of filters and sorting: some resources, and for each question the ones that are the answer.

Every reader of a bound filter is held to it. Resources have names here ("ada"); where a question needs an id it says
`<ada>`, which `fill` replaces by the id that the store gave. Resources are created in the order of the tables.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from scimbridge.scim.core import CORE, with_extensions
from scimbridge.scim.schema import ResourceTypes

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BADGE = "urn:example:params:scim:schemas:badge:1.0:User"

BADGE_SCHEMA: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "id": BADGE,
    "name": "Badge",
    "attributes": [
        {"name": "number", "type": "integer"},
        {"name": "weight", "type": "decimal"},
        {"name": "issued", "type": "dateTime"},
        {"name": "valid", "type": "boolean"},
        {"name": "code", "type": "string", "caseExact": True},
        {"name": "chip", "type": "binary"},
        {"name": "doors", "type": "string", "multiValued": True},
        {
            "name": "visits",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "at", "type": "dateTime"},
                {"name": "floor", "type": "integer"},
                {"name": "tags", "type": "string", "multiValued": True},
            ],
        },
    ],
}

TYPES: ResourceTypes = with_extensions(CORE, [("User", BADGE_SCHEMA, False)])

USERS: Mapping[str, Mapping[str, Any]] = {
    "ada": {
        "userName": "Ada.Moss@Example.test",
        "externalId": "00uADA",
        "name": {"givenName": "Ada", "familyName": "Moss"},
        "displayName": "Ada Moss",
        "title": "Engineer",
        "active": True,
        "emails": [
            {"value": "ada@work.test", "type": "work", "primary": True},
            {"value": "ada@home.test", "type": "home"},
        ],
        ENTERPRISE: {"department": "R&D", "manager": {"value": "m-1", "displayName": "Zoe"}},
        BADGE: {
            "number": 7,
            "weight": 1.5,
            "issued": "2026-01-01T00:00:00Z",
            "valid": True,
            "code": "aB-c",
            "chip": "QUJD",
            "doors": ["North", "south"],
            "visits": [
                {"at": "2026-02-01T10:00:00+02:00", "floor": 3, "tags": ["Lunch"]},
                {"at": "2026-02-02T10:00:00Z", "floor": -1},
            ],
        },
    },
    "bo": {
        "userName": "bo",
        "externalId": "00ubo",
        "name": {"givenName": "Bo", "familyName": "lindqvist"},
        "displayName": 'bo "the\\hat" %_*',
        "active": False,
        "emails": [{"value": "BO@home.test", "type": "home"}, {"value": "bo@other.test", "type": "other"}],
        ENTERPRISE: {"department": "Sales"},
        BADGE: {
            "number": -2,
            "weight": 2,
            "issued": "2026-01-01T01:00:00.000001+01:00",
            "valid": False,
            "code": "ab-c",
        },
    },
    "cy": {
        "userName": "straße.ÉCOLE@example.test",
        "name": {"givenName": "Çy", "familyName": "İnce"},
        "active": True,
        "phoneNumbers": [{"value": "+1-555-0100", "type": "mobile"}],
        BADGE: {"weight": 1e300, "issued": "2025-12-31T23:59:59.999999Z", "doors": ["NORTHWEST"]},
    },
    "dee": {"userName": "dee", "title": "engineer", "roles": [{"value": "admin", "primary": True}]},
}

GROUPS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "navy": ({"displayName": "Navy Team"}, ("ada", "bo")),
    "empty": ({"displayName": "empty", "externalId": "00gEmpty"}, ()),
    "all": ({"displayName": "All teams"}, ("cy", "navy")),
}


class Question(NamedTuple):
    """A filter and the names of the resources that match it, in the order of their creation."""

    filter: str
    names: str


class Order(NamedTuple):
    """`sortBy`, and the names of all users in ascending and in descending order."""

    by: str
    ascending: str
    descending: str


# The first column is a filter on users, the second says who matches.
USER_QUESTIONS = [
    Question(*row)
    for row in [
        # Text: without regard to case, unless the attribute is caseExact.
        ('userName eq "ada.moss@example.TEST"', "ada"),
        ('USERNAME EQ "bo"', "bo"),
        ('userName eq "STRASSE.école@example.test"', "cy"),
        ('userName eq "nobody"', ""),
        ('userName ne "bo"', "ada cy dee"),
        ('userName co "EXAMPLE"', "ada cy"),
        ('userName sw "STRASSE"', "cy"),
        ('userName ew ".TEST"', "ada cy"),
        ('userName gt "bo"', "cy dee"),
        ('userName ge "BO"', "bo cy dee"),
        ('userName lt "bo"', "ada"),
        ('userName le "bo"', "ada bo"),
        ('externalId eq "00uADA"', "ada"),
        ('externalId eq "00uada"', ""),
        ('externalId co "u"', "ada bo"),
        ('externalId ne "00uADA"', "bo cy dee"),
        # Characters that mean something to LIKE, GLOB or JSON mean nothing here.
        ('displayName co "%"', "bo"),
        ('displayName co "_"', "bo"),
        ('displayName ew "*"', "bo"),
        ('displayName sw "bo \\"THE\\\\h"', "bo"),
        ('displayName co "?"', ""),
        ('displayName co ""', "ada bo"),
        # Presence and null.
        ("displayName pr", "ada bo"),
        ("not (displayName pr)", "cy dee"),
        ("displayName eq null", "cy dee"),
        ("displayName ne null", "ada bo"),
        ("title pr and not (emails pr)", "dee"),
        ("name pr", "ada bo cy"),
        ("name.givenName pr", "ada bo cy"),
        ("name.middleName pr", ""),
        ("id pr", "ada bo cy dee"),
        ("meta pr", "ada bo cy dee"),
        # ne is not eq, also where there is no value.
        ('title ne "Engineer"', "bo cy"),
        ('title eq "ENGINEER"', "ada dee"),
        ('name.familyName eq "LINDQVIST"', "bo"),
        ('name.familyName sw "i̇"', "cy"),
        # Booleans, in quotes too.
        ("active eq true", "ada cy"),
        ('active eq "True"', "ada cy"),
        ("active eq false", "bo"),
        ("active ne true", "bo dee"),
        ("active pr", "ada bo cy"),
        # Ids and what follows from other resources.
        ('id eq "<ada>"', "ada"),
        ('id ne "<ada>"', "bo cy dee"),
        ('id eq "nobody"', ""),
        ('groups eq "<navy>"', "ada bo"),
        ('groups.value eq "<all>"', "ada bo cy"),
        ('groups[value eq "<all>" and type eq "direct"]', "cy"),
        ('groups[value eq "<all>" and type eq "indirect"]', "ada bo"),
        ('groups.display eq "NAVY TEAM"', "ada bo"),
        ("groups pr", "ada bo cy"),
        ("not (groups pr)", "dee"),
        ('meta.resourceType eq "User"', "ada bo cy dee"),
        ('meta.resourceType eq "Group"', ""),
        ('meta.created gt "2000-01-01T00:00:00Z"', "ada bo cy dee"),
        ('meta.lastModified lt "2000-01-01T00:00:00+01:00"', ""),
        ('schemas eq "' + ENTERPRISE + '"', "ada bo"),
        # Multi-valued: any value, or one value in brackets.
        ('emails eq "ADA@HOME.test"', "ada"),
        ('emails.value eq "bo@home.test"', "bo"),
        ('emails.value ew "home.test"', "ada bo"),
        ('emails.value ne "ada@home.test"', "bo cy dee"),
        ('emails.type eq "work"', "ada"),
        ("emails.primary eq true", "ada"),
        ("emails.primary pr", "ada"),
        ('emails[type eq "work" and value co "home"]', ""),
        ('emails.type eq "work" and emails.value co "home"', "ada"),
        ('emails[type eq "home" and value co "home"]', "ada bo"),
        ('emails[type eq "work"].value eq "ada@work.test"', "ada"),
        ('emails[type eq "home"].value eq "ada@work.test"', ""),
        ('emails[not (type eq "home")]', "ada bo"),
        ('emails[type ne "home" and value pr]', "ada bo"),
        ('not (emails[type eq "work"])', "bo cy dee"),
        ('emails[type eq "other" or primary eq true]', "ada bo"),
        ("emails[primary eq null]", "ada bo"),
        ('roles[primary eq "True"].value eq "admin"', "dee"),
        ('phoneNumbers[type eq "mobile"]', "cy"),
        # Extensions, with URN, without, and with a dot for its last colon.
        (f'{ENTERPRISE}:department eq "r&d"', "ada"),
        (f'{ENTERPRISE.upper()}:Department eq "r&d"', "ada"),
        (f'{ENTERPRISE}.department eq "sales"', "bo"),
        ('department eq "Sales"', "bo"),
        (f'{ENTERPRISE}:manager.value eq "m-1"', "ada"),
        ('manager eq "m-1"', "ada"),
        ('manager.displayName co "o"', "ada"),
        ('manager[value eq "m-1"]', "ada"),
        ("manager pr", "ada"),
        # Numbers, times and exact text.
        ("number eq 7", "ada"),
        ("number eq 7.0", "ada"),
        ("number lt 0", "bo"),
        ("number ge -2", "ada bo"),
        ("number ne 7", "bo cy dee"),
        ("weight eq 2", "bo"),
        ("weight gt 1.5", "bo cy"),
        ("weight le 1.5e0", "ada"),
        ('issued eq "2026-01-01T02:00:00+02:00"', "ada"),
        ('issued gt "2026-01-01T00:00:00Z"', "bo"),
        ('issued ge "2026-01-01T00:00:00.000000Z"', "ada bo"),
        ('issued lt "2026-01-01T00:00:00"', "cy"),
        ('issued ne "2026-01-01T00:00:00Z"', "bo cy dee"),
        ('code eq "ab-c"', "bo"),
        ('code sw "a"', "ada bo"),
        ('code gt "aB-c"', "bo"),
        ('chip eq "QUJD"', "ada"),
        ('chip eq "qujd"', ""),
        ('doors eq "NORTH"', "ada"),
        ('doors sw "north"', "ada cy"),
        ("doors pr", "ada cy"),
        ('visits.at lt "2026-02-01T09:00:00Z"', "ada"),
        ("visits.floor lt 0", "ada"),
        ('visits[floor lt 0 and at lt "2026-02-02T00:00:00Z"]', ""),
        ('visits.tags eq "lunch"', "ada"),
        ('visits[tags eq "LUNCH" and floor eq 3]', "ada"),
        ("visits[floor eq -1 and tags pr]", ""),
        # Joining.
        ('userName eq "bo" or userName eq "dee" and title pr', "bo dee"),
        ('(userName eq "bo" or userName eq "dee") and title pr', "dee"),
        ('not (userName eq "bo" or userName eq "dee")', "ada cy"),
        ('not (not (userName eq "bo"))', "bo"),
        ('userName eq "bo" and id eq "<ada>"', ""),
        ('active eq true and emails.value ew "work.test" and title eq "engineer"', "ada"),
    ]
]

GROUP_QUESTIONS = [
    Question(*row)
    for row in [
        ('displayName eq "NAVY team"', "navy"),
        ('displayName co "team"', "navy all"),
        ('externalId eq "00gEmpty"', "empty"),
        ('members eq "<ada>"', "navy"),
        ('members.value eq "<navy>"', "all"),
        ('members[value eq "<bo>"]', "navy"),
        ('members[type eq "Group"]', "all"),
        ('members[value eq "<cy>" and type eq "group"]', ""),
        ('members ne "<ada>"', "empty all"),
        ("members pr", "navy all"),
        ("not (members pr)", "empty"),
        ('members.display co "MOSS"', "navy"),
        ('id eq "<navy>" and members eq "<ada>"', "navy"),
        ('id eq "<navy>" and members eq "<cy>"', ""),
        ('meta.resourceType eq "Group"', "navy empty all"),
    ]
]

ORDERS = [
    Order(*row)
    for row in [
        ("userName", "ada bo dee cy", "cy dee bo ada"),
        ("name.familyName", "cy bo ada dee", "dee ada bo cy"),
        ("title", "ada dee bo cy", "bo cy ada dee"),
        ("emails", "ada bo cy dee", "cy dee bo ada"),
        ("active", "bo ada cy dee", "dee ada cy bo"),
        ("number", "bo ada cy dee", "cy dee ada bo"),
        ("weight", "ada bo cy dee", "dee cy bo ada"),
        ("issued", "cy ada bo dee", "dee bo ada cy"),
        ("code", "ada bo cy dee", "cy dee bo ada"),
        ("doors", "ada cy bo dee", "bo dee cy ada"),
        ("visits.floor", "ada bo cy dee", "bo cy dee ada"),
        ("meta.created", "ada bo cy dee", "dee cy bo ada"),
    ]
]


def fill(text: str, ids: Mapping[str, str]) -> str:
    """The text with every `<name>` replaced by that resource's id."""
    return re.sub(r"<(\w+)>", lambda match: ids[match[1]], text)


def user_views() -> dict[str, dict[str, Any]]:
    """Every user by name as a client sees it; the id is the name with `id-` before it."""
    views = {}
    for number, (name, document) in enumerate(USERS.items()):
        direct = [group for group, (_, members) in GROUPS.items() if name in members]
        groups = [
            {"value": f"id-{group}", "display": GROUPS[group][0]["displayName"], "type": "direct"} for group in direct
        ]
        if "navy" in direct:
            groups.append({"value": "id-all", "display": "All teams", "type": "indirect"})
        views[name] = _view("User", name, number, document) | ({"groups": groups} if groups else {})
    return views


def group_views() -> dict[str, dict[str, Any]]:
    """Every group by name as a client sees it."""
    views = {}
    for number, (name, (document, members)) in enumerate(GROUPS.items(), len(USERS)):
        shown = [
            {
                "value": f"id-{member}",
                "type": "User" if member in USERS else "Group",
                "display": (USERS[member] if member in USERS else GROUPS[member][0]).get("displayName"),
            }
            for member in members
        ]
        views[name] = _view("Group", name, number, document) | ({"members": shown} if shown else {})
    return views


def _view(kind: str, name: str, number: int, document: Mapping[str, Any]) -> dict[str, Any]:
    core = TYPES.by_name[kind].schema.id
    time = f"2026-03-01T00:00:0{number}.000Z"
    meta = {"resourceType": kind, "created": time, "lastModified": time}
    schemas = [core, *(urn for urn in document if ":" in urn)]
    return {"schemas": schemas, "id": f"id-{name}", **document, "meta": meta}
