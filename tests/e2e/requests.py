"""Hypothesis strategies for requests to a SCIM server: valid ones, nearly valid ones, and noise."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"


@dataclass(frozen=True, slots=True)
class Wire:
    """A request below the SCIM base URL."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# The values that have broken servers: empties, numbers at the edges, texts that mean something elsewhere.
awkward: SearchStrategy[Any] = st.sampled_from(
    [
        None,
        "",
        " ",
        "\x00",
        "true",
        "False",
        0,
        -1,
        2**63,
        1e308,
        [],
        {},
        [None],
        [[]],
        {"value": None},
        "bulkId:x",
        "*",
    ]
)
scalars = st.one_of(awkward, text, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
json_values: SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)

core_names = ["userName", "USERNAME", "emails", "emails.value", "emails.type", "name.familyName", "name", "active"]
group_names = ["displayName", "members", "members.value", "groups", "externalId"]
common_names = ["id", "meta.created", "meta.version", "schemas", "password", "x509Certificates.value", "photos", "$ref"]
extension_names = [ENTERPRISE, f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager.value", f"{USER}:userName"]
wrong_names = ["unknown", "name.unknown", "urn:nobody:knows:this:attr", "emails..value", "1name", ""]
names = st.sampled_from([*core_names, *group_names, *common_names, *extension_names, *wrong_names])
operators = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "Co", "xx", ""])
literals = st.one_of(
    text.map(json.dumps),
    st.sampled_from(
        ["true", "false", "null", "1", "-1.5e3", '"2020-01-01T00:00:00Z"', "'x'", '"', '"\\ud800"', "nan", ""]
    ),
)


@st.composite
def comparisons(draw: DrawFn) -> str:
    name = draw(names)
    return draw(st.sampled_from([f"{name} pr", f"{name} {draw(operators)} {draw(literals)}"]))


filters: SearchStrategy[str] = (
    st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or", "AND", "xor"]), inner).map(" ".join),
            inner.map("not ({})".format),
            inner.map("({})".format),
            inner.map("({}".format),
            st.tuples(names, inner).map(lambda pair: f"{pair[0]}[{pair[1]}]"),
        ),
        max_leaves=5,
    )
    | text
)

paths = st.one_of(
    names,
    filters,
    st.tuples(names, filters, st.sampled_from(["", ".value", ".type", ".", ".unknown"])).map(
        lambda t: f"{t[0]}[{t[1]}]{t[2]}"
    ),
)


def users(ids: SearchStrategy[str]) -> SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"userName": text},
        optional={
            "schemas": st.sampled_from([[USER], [USER, ENTERPRISE], [], [GROUP], ["urn:nobody"], USER, None]),
            "emails": st.lists(
                st.fixed_dictionaries({"value": text}, optional={"type": text, "primary": scalars}), max_size=3
            ),
            "name": st.dictionaries(
                st.sampled_from(["givenName", "familyName", "formatted", "x"]), scalars, max_size=3
            ),
            "active": scalars,
            "password": scalars,
            "externalId": scalars,
            "groups": json_values,
            "meta": json_values,
            "id": ids,
            ENTERPRISE: st.fixed_dictionaries({}, optional={"department": scalars, "manager": json_values}),
            "urn:own:extension": json_values,
        },
    )


def groups(ids: SearchStrategy[str]) -> SearchStrategy[Any]:
    member = st.fixed_dictionaries(
        {"value": ids | scalars}, optional={"display": scalars, "type": scalars, "$ref": scalars}
    )
    return st.fixed_dictionaries(
        {"displayName": text},
        optional={"members": st.lists(member, max_size=3) | json_values, "schemas": st.just([GROUP])},
    )


def patches(ids: SearchStrategy[str]) -> SearchStrategy[Any]:
    value = json_values | users(ids) | groups(ids) | st.lists(st.fixed_dictionaries({"value": ids}), max_size=2)
    operation = st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove", "Add", "REPLACE", "move", ""])},
        optional={"path": paths | st.just("members") | ids.map('members[value eq "{}"]'.format), "value": value},
    )
    operations = st.lists(operation, max_size=4)
    return st.fixed_dictionaries({"Operations": operations}, optional={"schemas": st.just([MESSAGE + "PatchOp"])})


def bulks(ids: SearchStrategy[str]) -> SearchStrategy[Any]:
    path = st.one_of(st.sampled_from(["/Users", "/Groups", "/Bulk", "/", ""]), ids.map("/Users/{}".format), text)
    operation = st.fixed_dictionaries(
        {"method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "post", "GET", ""]), "path": path},
        optional={
            "bulkId": st.sampled_from(["a", "b", "", 1, None]),
            "data": users(ids)
            | groups(st.sampled_from(["bulkId:a", "bulkId:b", "bulkId:c"]))
            | patches(ids)
            | json_values,
            "version": scalars,
        },
    )
    return st.fixed_dictionaries(
        {"Operations": st.lists(operation, max_size=4)},
        optional={"schemas": st.just([MESSAGE + "BulkRequest"]), "failOnErrors": scalars},
    )


search_parameters = {
    "filter": filters | scalars,
    "startIndex": scalars,
    "count": scalars,
    "sortBy": names | scalars,
    "sortOrder": st.sampled_from(["ascending", "descending", "up", None, 1]),
    "attributes": st.lists(names, max_size=3) | scalars,
    "excludedAttributes": st.lists(names, max_size=3) | scalars,
    "cursor": scalars,
}
searches = st.fixed_dictionaries({}, optional=search_parameters | {"schemas": st.just([MESSAGE + "SearchRequest"])})


# What can go wrong with a body on its way.
damages: SearchStrategy[Callable[[bytes], bytes]] = st.sampled_from(
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: b"\xff\x00" + content,
        lambda content: content.decode("utf-8", "replace").encode("utf-16"),
        lambda content: content.replace(b'"userName"', b'"userName": 1, "userName"').replace(
            b'"op"', b'"op": "add", "op"'
        ),
        lambda content: b"[" * 5000 + content,
        lambda content: content.replace(b'": "', b'": "\\ud800'),
        lambda content: b"" * len(content),
    ]
)


@st.composite
def encoded(draw: DrawFn, bodies: SearchStrategy[Any]) -> bytes:
    """A body as JSON; one in six is damaged."""
    content = json.dumps(draw(bodies), ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    return draw(damages)(content) if draw(st.integers(0, 5)) == 0 else content


@st.composite
def queries(draw: DrawFn) -> str:
    """A query string, "?" included, with spaces in both spellings; or none."""
    escape = draw(st.sampled_from([quote, quote_plus]))
    pairs = []
    for name in draw(st.lists(st.sampled_from(sorted(search_parameters)), max_size=3)):
        value = draw(search_parameters[name])
        listed = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        pairs.append(f"{name}={escape(listed)}")
    return "?" + "&".join(pairs) if pairs else draw(st.sampled_from(["", "?", "?&"]))


@st.composite
def wires(draw: DrawFn, ids: SearchStrategy[str]) -> Wire:
    """Any request; one in two is close to one that the server takes."""
    collection = draw(st.sampled_from(["/Users", "/Groups"]))
    single = f"{collection}/{quote(draw(ids))}"
    content = users(ids) if collection == "/Users" else groups(ids)
    likely: list[tuple[str, str, SearchStrategy[Any] | None]] = [
        ("GET", collection, None),
        ("GET", single, None),
        ("POST", collection, content),
        ("PUT", single, content),
        ("PATCH", single, patches(ids)),
        ("PATCH", single, patches(ids)),
        ("POST", "/Bulk", bulks(ids)),
        ("POST", f"{collection}/.search", searches),
        ("POST", "/.search", searches),
        ("DELETE", single, None),
    ]
    method, path, bodies = draw(st.sampled_from(likely))
    if draw(st.integers(0, 7)) == 0:
        method = draw(st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "SEARCH"]))
    if draw(st.integers(0, 7)) == 0:
        segments = st.sampled_from(
            ["", "Users", "users", "Me", "Schemas", USER, "%00", "%ff", "..", "%2e%2e", "a b", ".search"]
        )
        path = "/" + "/".join(quote(part, safe="%:.") for part in draw(st.lists(segments, max_size=3)))
    body = (
        draw(encoded(bodies if bodies is not None else json_values))
        if bodies is not None or draw(st.booleans())
        else None
    )
    headers = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "Content-Type": st.sampled_from(
                    [
                        "application/scim+json",
                        "application/json; charset=utf-8",
                        "text/xml",
                        "application/json;charset=x",
                        "",
                    ]
                ),
                "Accept": st.sampled_from(["*/*", "application/json", "text/html", "nonsense"]),
                "If-Match": st.sampled_from(["*", 'W/"1"', '"1"', "1", 'W/"1", W/"2"', "W/", ""]),
                "If-None-Match": st.sampled_from(["*", 'W/"1"', ""]),
                "X-Request-Id": st.sampled_from(["ok-1", "not ok", "x" * 300]),
                "Prefer": st.sampled_from(["return=minimal", "x"]),
            },
        )
    )
    return Wire(method, path + draw(queries()), headers, body)
