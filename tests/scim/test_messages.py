"""The messages around resources: search requests, list responses, bulk requests and their references."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError
from scimbridge.scim.messages import (
    BulkOperation,
    SearchRequest,
    bulk_request,
    list_response,
    references,
    resolve_references,
    search_from_body,
    search_from_query,
)

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
MOST = 2**31 - 1
NOTHING = SearchRequest()


@pytest.mark.parametrize(
    ("query", "request_"),
    [
        (b"", NOTHING),
        (b"&", NOTHING),
        (b"utm=1&x", NOTHING),
        (b"filter=userName%20eq%20%22a%40x%22&startIndex=1&count=100", SearchRequest('userName eq "a@x"', count=100)),
        (b"filter=userName+eq+%22a+b%22&", SearchRequest('userName eq "a b"')),
        (b'filter=userName eq "a"', SearchRequest('userName eq "a"')),
        (b"filter=a+eq+%22%C3%A9%2B%26%22", SearchRequest('a eq "é+&"')),
        ("filter=a+eq+é".encode(), SearchRequest("a eq é")),
        (b"filter=", SearchRequest("")),
        (b"FILTER=x&STARTINDEX=7&%63ount=2", SearchRequest("x", start=7, count=2)),
        (b"startIndex=0", NOTHING),
        (b"startIndex=-5&count=-1", SearchRequest(count=0)),
        (b"startIndex=&count=", NOTHING),
        (b"startIndex=%205&count=%2B7", SearchRequest(start=5, count=7)),
        (b"startIndex=99999999999999999999999999&count=" + b"9" * 5000, SearchRequest(start=MOST, count=MOST)),
        (b"count=-" + b"9" * 5000, SearchRequest(count=0)),
        (b"attributes=userName,%20name.givenName&excludedAttributes=meta",
         SearchRequest(attributes=("userName", "name.givenName"), excluded=("meta",))),
        (b"attributes=", SearchRequest(attributes=())),
        (b"attributes=,", SearchRequest(attributes=())),
        (b"sortBy=userName&sortOrder=Descending", SearchRequest(sort_by="userName", descending=True)),
        (b"sortBy=&sortOrder=", NOTHING),
        (b"sortOrder=ASCENDING", NOTHING),
        (b"cursor", SearchRequest(cursor="")),
        (b"cursor=abc&count=3", SearchRequest(cursor="abc", count=3)),
        (b"xfilter=a&attributes=filter=b", SearchRequest(attributes=("filter=b",))),
    ],
)  # fmt: skip
def test_a_query_string_is_read_as_clients_write_it(query: bytes, request_: SearchRequest) -> None:
    assert search_from_query(query) == request_


@given(
    st.text(max_size=20),
    st.lists(st.sampled_from(["startIndex=3", "count=7", "attributes=a,b", "sortBy=filter", "x=filter=1", "cursor="]),
             max_size=4, unique=True),
    st.integers(0, 4),
)  # fmt: skip
def test_a_filter_is_read_wherever_it_stands(text: str, others: list[str], place: int) -> None:
    def read(name: str) -> SearchRequest | str:
        parts = [*others[:place], f"{name}={quote(text)}", *others[place:]]
        try:
            return search_from_query("&".join(parts).encode())
        except InvalidValue as refusal:
            return refusal.detail

    assert read("filter") == read("Filter")


@given(st.text('%+0245aF&=@ "é', max_size=12))
def test_escapes_are_read_as_the_standard_library_reads_them_or_refused(text: str) -> None:
    raw = text.replace("&", "")
    try:
        expected = unquote_plus(raw, errors="strict")
    except UnicodeDecodeError:
        expected = "\0"
    if "\0" in expected or re.search("%(?![0-9A-Fa-f]{2})", raw):
        with pytest.raises(InvalidValue):
            search_from_query(b"filter=" + raw.encode())
    else:
        assert search_from_query(b"filter=" + raw.encode()).filter == expected


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        (b"count=ten", '"count" must be a whole number'),
        (b"count=1.5", '"count" must be a whole number'),
        ("count=\u0661".encode(), '"count" must be a whole number'),
        (b"startIndex=0x1", '"startIndex" must be a whole number'),
        (b"sortOrder=up", '"sortOrder" must be ascending or descending'),
        (b"filter=%FF", '"filter" is not UTF-8'),
        (b"filter=%ED%A0%80", '"filter" is not UTF-8'),
        (b"filter=\xff", '"filter" is not UTF-8'),
        (b"filter=a%00", '"filter" holds a NUL'),
        (b"filter=100%", '"filter": a percent sign'),
        (b"filter=%zz", '"filter": a percent sign'),
        (b"filter=%2", '"filter": a percent sign'),
        (b"count=1&Count=2", '"count" is given twice'),
        (b"filter=a&count=1&filter=b", '"filter" is given twice'),
        (b"Filter=a&filter=b", '"filter" is given twice'),
        (b"attributes=" + b"a," * 8001, '"attributes" has more than 8000 characters'),
    ],
)
def test_a_bad_query_string_is_refused_by_the_parameters_name(query: bytes, complaint: str) -> None:
    with pytest.raises(InvalidValue, match=complaint):
        search_from_query(query)


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ({}, NOTHING),
        ({"filter": "a pr", "startIndex": 3, "count": 0}, SearchRequest("a pr", start=3, count=0)),
        ({"STARTINDEX": "4", "Count": -2}, SearchRequest(start=4, count=0)),
        ({"attributes": ["userName", " name "]}, SearchRequest(attributes=("userName", "name"))),
        ({"attributes": "userName, name"}, SearchRequest(attributes=("userName", "name"))),
        ({"attributes": []}, SearchRequest(attributes=())),
        ({"attributes": None, "filter": None, "count": None, "sortOrder": None}, NOTHING),
        ({"excludedAttributes": ["members"]}, SearchRequest(excluded=("members",))),
        ({"sortBy": "userName", "sortOrder": "descending"}, SearchRequest(sort_by="userName", descending=True)),
        ({"cursor": ""}, SearchRequest(cursor="")),
        ({"count": 10**30}, SearchRequest(count=MOST)),
        ({"something": [1]}, NOTHING),
    ],
)
def test_a_search_request_message_says_the_same(body: dict[str, Any], request_: SearchRequest) -> None:
    assert search_from_body({"schemas": [SEARCH], **body}) == request_
    assert search_from_body(body) == request_


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], InvalidSyntax),
        ("x", InvalidSyntax),
        (None, InvalidSyntax),
        ({"schemas": [BULK]}, InvalidSyntax),
        ({"schemas": SEARCH}, InvalidSyntax),
        ({"schemas": [1]}, InvalidSyntax),
        ({"count": 1, "COUNT": 2}, InvalidSyntax),
        ({"filter": 1}, InvalidValue),
        ({"sortBy": ["a"]}, InvalidValue),
        ({"sortOrder": True}, InvalidValue),
        ({"cursor": 1}, InvalidValue),
        ({"count": True}, InvalidValue),
        ({"count": 1.5}, InvalidValue),
        ({"count": [1]}, InvalidValue),
        ({"attributes": 1}, InvalidValue),
        ({"attributes": [1]}, InvalidValue),
        ({"excludedAttributes": {"a": 1}}, InvalidValue),
    ],
)
def test_a_bad_search_request_message_is_refused(body: Any, error: type[ScimError]) -> None:
    with pytest.raises(error):
        search_from_body(body)


def test_a_list_response_counts_what_is_in_it() -> None:
    page = orjson.loads(list_response([b'{"id":"1"}', b'{"id":"2"}'], 7, 3))
    assert page == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 7,
        "itemsPerPage": 2,
        "startIndex": 3,
        "Resources": [{"id": "1"}, {"id": "2"}],
    }


def test_an_empty_list_response_has_an_empty_list() -> None:
    page = orjson.loads(list_response([], 0, 1))
    assert (page["totalResults"], page["itemsPerPage"], page["Resources"]) == (0, 0, [])


def test_paging_by_cursor_shows_the_next_cursor_until_the_end() -> None:
    page = orjson.loads(list_response([b"{}"], 2, None, 'a"b'))
    assert page["nextCursor"] == 'a"b'
    assert "startIndex" not in page
    assert "nextCursor" not in orjson.loads(list_response([b"{}"], 2, None, None))


POST = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ada"}}


def test_a_bulk_request_is_read_in_order() -> None:
    delete = {"METHOD": "delete", "Path": "/Users/1", "version": 'W/"2"', "data": {"x": 1}}
    request = bulk_request({"schemas": [BULK], "failOnErrors": 2, "Operations": [POST, delete]})
    assert request.fail_on_errors == 2
    assert request.operations == (
        BulkOperation("POST", "/Users", "a", None, {"userName": "ada"}),
        BulkOperation("DELETE", "/Users/1", None, 'W/"2"', None),
    )


@pytest.mark.parametrize(
    ("body", "error", "complaint"),
    [
        ([], InvalidSyntax, "object"),
        ({}, InvalidSyntax, '"Operations" must be a list'),
        ({"Operations": {}}, InvalidSyntax, '"Operations" must be a list'),
        ({"Operations": [1]}, InvalidSyntax, r"Operations\[0\] must be an object"),
        ({"Operations": [POST, {}]}, InvalidSyntax, r'Operations\[1\]: "method"'),
        ({"Operations": [{**POST, "method": "GET"}]}, InvalidSyntax, '"method" must be one of'),
        ({"Operations": [{**POST, "method": 1}]}, InvalidSyntax, '"method" must be one of'),
        ({"Operations": [{**POST, "path": None}]}, InvalidSyntax, '"path" must be'),
        ({"Operations": [{**POST, "bulkId": None}]}, InvalidSyntax, '"bulkId" is required'),
        ({"Operations": [{**POST, "bulkId": 1}]}, InvalidSyntax, '"bulkId" must be a string'),
        ({"Operations": [{**POST, "version": 1}]}, InvalidSyntax, '"version" must be a string'),
        ({"Operations": [{**POST, "data": None}]}, InvalidSyntax, '"data" is required with POST'),
        ({"Operations": [{"method": "PUT", "path": "/Users/1"}]}, InvalidSyntax, '"data" is required with PUT'),
        ({"Operations": [POST, POST]}, InvalidValue, '"a" is given twice'),
        ({"Operations": [POST], "failOnErrors": 0}, InvalidValue, '"failOnErrors"'),
        ({"Operations": [POST], "failOnErrors": True}, InvalidValue, '"failOnErrors"'),
        ({"Operations": [POST], "failOnErrors": "1"}, InvalidValue, '"failOnErrors"'),
        ({"Operations": [POST], "schemas": [SEARCH]}, InvalidSyntax, BULK),
    ],
)
def test_a_bad_bulk_request_is_refused_with_the_place(body: Any, error: type[ScimError], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        bulk_request(body)


def test_a_bulk_request_of_too_many_operations_is_too_large() -> None:
    with pytest.raises(PayloadTooLarge, match="3 operations; at most 2"):
        bulk_request({"Operations": [replace_id(n) for n in "abc"]}, max_operations=2)


def replace_id(bulk_id: str) -> dict[str, Any]:
    return {**POST, "bulkId": bulk_id}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bulkId:a", {"a"}),
        ("/Users/bulkId:a", {"a"}),
        ("../Groups/bulkId:b-1", {"b-1"}),
        ({"members": [{"value": "bulkId:a"}, {"value": "bulkId:b"}], "x": 1}, {"a", "b"}),
        (["/Users/bulkId:a", None, {"data": ["bulkId:a"]}], {"a"}),
        ("see bulkId:a", set()),
        ("bulkId:", set()),
        ("bulkId:a b", set()),
        ("https://example.test/bulkId:a", set()),
        ({"bulkId:a": "x"}, set()),
        (None, set()),
        (7, set()),
    ],
)
def test_references_are_found_wherever_a_value_is_one(value: Any, found: set[str]) -> None:
    assert references(value) == found


def test_known_references_become_ids_and_others_wait() -> None:
    data = {"members": [{"value": "bulkId:a"}, {"value": "bulkId:b"}], "note": "bulkId:a x", "n": 1}
    assert resolve_references(data, {"a": "id1"}) == {
        "members": [{"value": "id1"}, {"value": "bulkId:b"}],
        "note": "bulkId:a x",
        "n": 1,
    }
    assert resolve_references("/Users/bulkId:a", {"a": "id1"}) == "/Users/id1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from([SEARCH, BULK, "POST", "/Users", "bulkId:a"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["schemas", "Operations", "method", "path", "bulkId", "data", "filter", "count", "startIndex", "attributes",
             "sortOrder", "failOnErrors", "version"]
        ) | st.text(max_size=3),
        inner,
        max_size=5,
    ),
    max_leaves=15,
)  # fmt: skip


@given(JSON)
def test_any_json_is_a_message_or_a_scim_error(body: Any) -> None:
    for read in (search_from_body, bulk_request):
        with suppress(ScimError):
            read(body)


@given(
    st.binary(max_size=30)
    | st.lists(st.sampled_from([b"count=", b"filter=", b"&", b"%", b"%41", b"9", b"+", b"a"])).map(b"".join)
)
def test_any_query_string_is_a_request_or_a_scim_error(query: bytes) -> None:
    with suppress(ScimError):
        request = search_from_query(query)
        assert request == replace(request, start=max(request.start, 1))
