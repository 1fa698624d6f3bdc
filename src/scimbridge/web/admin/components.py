"""What the admin API gives, as JSON Schema: the components of its OpenAPI document, by the names that routes refer to.

Settings of realms, applications and sources are left open here: docs/reference has them, and what is read checks them.
"""

from collections.abc import Mapping
from typing import Any, Final

Shape = Mapping[str, Any]

_TEXT: Final[Shape] = {"type": "string"}
_ANY: Final[Shape] = {}
_OBJECT: Final[Shape] = {"type": "object"}
_OBJECT_OR_NULL: Final[Shape] = {"type": ["object", "null"]}
_TEXT_OR_NULL: Final[Shape] = {"type": ["string", "null"]}
_COUNTS: Final[Shape] = {"type": "object", "additionalProperties": {"type": "integer"}}
_SENTENCES: Final[Shape] = {"type": "object", "additionalProperties": _TEXT}


def one(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def each(item: Shape) -> Shape:
    return {"type": "array", "items": item}


def many(name: str) -> Shape:
    return each(one(name))


def _record(text: str, *, number: str = "", switch: str = "", more: bool = False, **others: Shape) -> Shape:
    """An object in which all of it is always there; `more`: there may be other properties.

    `text`, `number`, `switch`: names of properties that are texts, whole numbers, booleans.
    """
    kinds = {"string": text, "integer": number, "boolean": switch}
    plain = {name: {"type": kind} for kind, names in kinds.items() for name in names.split()}
    properties = {**plain, **others}
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": more}


def _extended(shape: Shape, name: str, value: Shape) -> Shape:
    """With one property more."""
    properties = {**shape["properties"], name: value}
    return {**shape, "properties": properties, "required": [*properties]}


_SECRETS: Final = each(_record("created", expires=_TEXT_OR_NULL))
_PROBLEM: Final = _record("where reason key")
_PROBLEMS: Final = each(_PROBLEM)
_CLIENT: Final = _record(
    "clientId id description created",
    switch="enabled serviceAccount",
    grants=each(_TEXT),
    roles=each(_TEXT),
    secrets=_SECRETS,
)
_TOKEN: Final = _record("name created", roles=each(_TEXT), lastUsed=_TEXT_OR_NULL, secrets=_SECRETS)
_ACCOUNT: Final = _record("type id name state person personId why seen", switch="made", document=_OBJECT)
_MIGRATION: Final = _record("", sources=each(_TEXT), steps=each(_record("subject outcome text")), change=_OBJECT)

# What a job has as its result when it is done, by its kind; `refused` is that of one that a safeguard held.
RESULTS: Final[Mapping[str, Shape]] = {
    "refused": _record("", refused=_SENTENCES),
    "plan": _record(
        "application",
        number="linked assigned losing items",
        counts=_COUNTS,
        refused=_SENTENCES,
        changes=each(
            _record("action type id name why", target=_TEXT_OR_NULL, before=_OBJECT, after=_OBJECT),
        ),
    ),
    "push": _record(
        "run quarantinedUntil reason held",
        number="retried waiting",
        counts=each(_record("action outcome", number="count")),
        failures=each(_record("action type source name reason")),
        dropped=_COUNTS,
        leftOpen=_COUNTS,
        seconds={"type": "number"},
    ),
    "import plan of a source": _record(
        "source",
        read=_COUNTS,
        counts=_COUNTS,
        refused=_SENTENCES,
        problems=_PROBLEMS,
        notes=each(_TEXT),
        items=each(
            _record(
                "action type key id name why where",
                before=_OBJECT,
                after=_OBJECT,
                joined=each(_TEXT),
                left=each(_TEXT),
            )
        ),
    ),
    "import of a source": _record("", read=_COUNTS, done=_COUNTS, notes=each(_TEXT), problems=_PROBLEMS),
    "import plan of an application": _record(
        "application",
        scanned=_COUNTS,
        counts=_COUNTS,
        refused=_SENTENCES,
        notes=each(_TEXT),
        items=each(_extended(_ACCOUNT, "action", _TEXT)),
    ),
    "import of an application": _record("", scanned=_COUNTS, done=_COUNTS, notes=each(_TEXT), problems=_PROBLEMS),
    "preflight": each(_record("check state message fix", switch="fixable")),
    "drift": _record(
        "",
        number="count",
        differences=each(
            _record("type id name attribute rule", desired=_ANY, recorded=_ANY, actual=_ANY),
        ),
    ),
    "migration plan": _MIGRATION,
    "migration": _extended(_MIGRATION, "managed", {"type": "integer"}),
}

COMPONENTS: Final[Mapping[str, Shape]] = {
    "Error": _record("error error_description"),
    "Realm": _record("id name scimUrl tokenUrl", more=True),
    "Client": _CLIENT,
    "NewClient": _extended(_CLIENT, "secret", _TEXT),
    "Token": _TOKEN,
    "NewToken": _extended(_TOKEN, "token", _TEXT),
    "Key": _record("kid created", switch="active", expires=_TEXT_OR_NULL),
    "Resource": _record("id", schemas=each(_TEXT), more=True),
    "ListResponse": _record("", number="totalResults", schemas=each(_TEXT), more=True),
    "Change": _record(
        "time principal operation type id name",
        number="sequence",
        client=_TEXT_OR_NULL,
        requestId=_TEXT_OR_NULL,
        before=_OBJECT_OR_NULL,
        after=_OBJECT_OR_NULL,
        membersAdded=each(_ANY),
        membersRemoved=each(_ANY),
        password=_ANY,
    ),
    "AdminEvent": _record("time actor operation subject", number="sequence", realm=_TEXT_OR_NULL, detail=_OBJECT),
    "Application": _record("id name", number="revision", switch="secretSet", standing=one("Standing"), more=True),
    "Standing": _record("compared imported importFailure quarantinedUntil reason", number="linked waiting failed"),
    "Attempt": _record("request outcome advice", switch="good"),
    "Assignment": _record("type id name", number="priority", overrides=_OBJECT),
    "PushGroup": _record("name group attribute operator value linkTo", switch="rename active"),
    "Preview": _record("target expression error note", value=_ANY),
    "Step": _record("what text", detail=_ANY),
    "Task": _record("application type id name kind why reason", number="attempts"),
    "Push": _record(
        "time run action type id name target why outcome reason finished",
        number="sequence",
        switch="password",
        before=_OBJECT,
        after=_OBJECT,
    ),
    "Link": _record("type id target name state confirmed", dropped=each(_TEXT)),
    "Source": _record("id name kind imported failure", number="users groups refused", more=True),
    "Problem": _PROBLEM,
    "Account": _ACCOUNT,
    "BridgeTask": _record(
        "time operation type id name state due reason",
        number="number attempts",
        switch="password",
        membersAdded=each(_TEXT),
        membersRemoved=each(_TEXT),
    ),
    "Declaration": _record("realm", settings=_OBJECT, sources=_OBJECT, applications=_OBJECT),
    "Comparison": _record(
        "", differences=each(_record("action kind name", before=_OBJECT, after=_OBJECT)), notes=each(_TEXT)
    ),
    "Job": _record(
        "id kind subject actor started state finished reason",
        number="done total",
        result={"anyOf": [{"type": "null"}, *({**shape, "title": name} for name, shape in RESULTS.items())]},
    ),
}
