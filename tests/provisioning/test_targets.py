"""Whatever a target answers is a named outcome, in its own words, and nothing is done twice because of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scimbridge.provisioning.application import Connection, Style
from scimbridge.provisioning.errors import (
    ProvisioningError,
    TargetGone,
    TargetMisbehaved,
    TargetRefused,
    TargetUnavailable,
)
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.refusals import NotTaken
from scimbridge.provisioning.styles import open_target
from scimbridge.provisioning.target import Member, Members, Reply, Request, Target

from .scripted import Answer, Scripted, error, page, reply

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
HTML = b"<!doctype html>\n<html><head><title>Sign in\n to Contoso</title></head></html>"
CONNECTION = Connection("https://scim.example.test/v2")
ADA = {"id": "7", "userName": "ada@example.test", "active": True}
PASSWORD = 'pass "word" 1'


def mapped(**attributes: Any) -> Mapped:
    return Mapped({"schemas": [USER], "userName": "ada@example.test", **attributes})


def target(answers: dict[str, Answer], connection: Connection = CONNECTION) -> tuple[Target, Scripted]:
    transport = Scripted(answers)
    return open_target(connection, transport, lambda: NOW), transport


async def members_now() -> list[Member]:
    return [Member("m1", "one@example.test")]


NOW_MEMBERS: Members = members_now

MISBEHAVIOURS: dict[str, tuple[Reply, type[ProvisioningError], str, dict[str, Any]]] = {
    "429 with seconds": (
        reply(429, b"", {"retry-after": "120"}),
        TargetUnavailable,
        "429 Too Many Requests",
        {"retry_after": 120, "throttled": True},
    ),
    "429 with a date": (
        reply(429, b"", {"retry-after": "Thu, 01 Jan 2026 12:01:30 GMT"}),
        TargetUnavailable,
        "429",
        {"retry_after": 91, "throttled": True},
    ),
    "429 with a date that is over": (
        reply(429, b"", {"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}),
        TargetUnavailable,
        "429",
        {"retry_after": 1},
    ),
    "429 with nonsense": (reply(429, b"", {"retry-after": "soon"}), TargetUnavailable, "429", {"retry_after": 300}),
    "429 for a year": (
        reply(429, b"", {"retry-after": "31536000"}),
        TargetUnavailable,
        "429",
        {"retry_after": 86400},
    ),
    "500 in SCIM": (error(500, "The disk is full."), TargetUnavailable, "The disk is full", {"throttled": False}),
    "503 of a proxy": (reply(503, HTML), TargetUnavailable, 'an HTML page, "Sign in to Contoso"', {"retry_after": 5}),
    "401": (error(401, "Token expired"), TargetUnavailable, "Token expired", {"retry_after": 60}),
    "403": (error(403, "Not yours"), TargetRefused, "403 Forbidden: Not yours", {"forbidden": True}),
    "409": (
        error(409, "Another has userName 'ada'.", "uniqueness"),
        TargetRefused,
        "uniqueness, Another has userName",
        {"conflict": True, "attribute": "userName"},
    ),
    "409 without words": (reply(409), TargetRefused, "409 Conflict, without a reason", {"conflict": True}),
    "400 that is a conflict": (error(400, "Taken.", "uniqueness"), TargetRefused, "Taken", {"conflict": True}),
    "400 for an attribute": (
        error(400, "emails: no value", "invalidValue"),
        TargetRefused,
        "400 Bad Request: invalidValue, emails: no value",
        {"attribute": "emails", "conflict": False, "forbidden": False},
    ),
    "400 in plain text": (reply(400, b"Unsupported\x1b[31m filter\n"), TargetRefused, "Unsupported [31m filter", {}),
    "400 in words of its own": (reply(400, {"message": "No."}), TargetRefused, "400 Bad Request: No", {}),
    "400 of a web page": (reply(400, HTML), TargetMisbehaved, "an HTML page", {}),
    "302": (reply(302, b"", {"location": "https://x/"}), TargetMisbehaved, "Redirects are not followed", {}),
    "404": (reply(404, b"nothing here"), TargetMisbehaved, "no such SCIM endpoint", {}),
    "405": (reply(405), NotTaken, "405 Method Not Allowed", {}),
    "501": (error(501, "Later"), NotTaken, "501 Not Implemented: Later", {}),
    "an unheard-of status": (reply(799, b"{}"), TargetUnavailable, "answered 799, without a reason", {}),
    "a page instead of a user": (reply(201, HTML), TargetMisbehaved, 'with an HTML page, "Sign in to Contoso"', {}),
    "nothing instead of a user": (reply(201), TargetMisbehaved, "answered 201 Created with nothing", {}),
    "a text instead of a user": (reply(201, b"ok"), TargetMisbehaved, "with what is no JSON", {}),
    "a list instead of a user": (reply(201, []), TargetMisbehaved, "with JSON that is no object", {}),
    "a user without an id": (reply(201, {"userName": "ada"}), TargetMisbehaved, "has no id", {}),
    "a user with a path as id": (reply(201, {"id": ".."}), TargetMisbehaved, "has no id", {}),
}


@pytest.mark.parametrize("style", ["auto", "wizard", "catalogue"])
@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_an_answer_to_a_create_is_a_named_outcome(name: str, style: Style) -> None:
    answer, kind, words, attributes = MISBEHAVIOURS[name]
    peer, _ = target({"POST /Users": answer}, replace(CONNECTION, style=style))
    with pytest.raises(kind) as raised:
        await peer.provision(mapped(), password=PASSWORD, adopt=lambda _: True)
    assert words in str(raised.value)
    assert {name: getattr(raised.value, name) for name in attributes} == attributes


@pytest.mark.parametrize("answer", [error(400, f"Bad: {PASSWORD}"), reply(400, f"Bad: {PASSWORD}".encode())])
async def test_a_password_that_a_target_quotes_is_in_no_error(answer: Reply) -> None:
    peer, _ = target({"POST /Users": answer, "PATCH /Users/7": answer})
    for event in (
        peer.provision(mapped(), password=PASSWORD, adopt=lambda _: True),
        peer.set_password("7", PASSWORD),
    ):
        with pytest.raises(TargetRefused, match=r"Bad: \*\*\*\."):
            await event


async def test_an_observer_sees_everything_but_passwords() -> None:
    told: list[tuple[Request, Reply | None]] = []
    transport = Scripted({"POST /Users": reply(201, ADA | {"password": PASSWORD}), "PATCH /Users": reply(204)})
    peer = open_target(CONNECTION, transport, lambda: NOW, observer=lambda *exchange: told.append(exchange))
    made = await peer.provision(mapped(), password=PASSWORD, adopt=lambda _: True)
    await peer.set_password("7", PASSWORD)
    assert [request.method for request, _ in told] == ["GET", "POST", "GET", "PATCH"]
    assert transport.requests[1].body["password"] == PASSWORD
    assert told[1][0].body["password"] == "***"
    assert "word" not in f"{told} {made}".replace("password", "")


async def test_a_create_whose_answer_cannot_be_read_is_looked_up_and_not_repeated() -> None:
    peer, transport = target({"GET /Users": [page(), page(ADA)], "POST /Users": reply(201)})
    made = await peer.provision(mapped(), password=None, adopt=lambda _: False)
    assert made[:2] == ("7", ADA)
    assert transport.asked == ["GET /Users", "POST /Users", "GET /Users"]


@pytest.mark.parametrize("style", ["auto", "wizard", "catalogue"])
async def test_what_is_there_already_is_taken_over_or_left_alone(style: Style) -> None:
    there = ADA | {"active": False, "title": "Countess"}
    answers: dict[str, Answer] = {
        "GET /Users": lambda request: reply(200, there) if request.path == "/Users/7" else page(there),
        "PUT /Users": lambda request: reply(200, request.body),
        "PATCH /Users": reply(204),
    }
    peer, transport = target(answers, replace(CONNECTION, style=style))
    with pytest.raises(TargetRefused, match=r"'ada@example\.test' already, 7") as refused:
        await peer.provision(mapped(), password=None, adopt=lambda found: found["title"] != "Countess")
    assert (refused.value.conflict, transport.asked) == (True, ["GET /Users"])
    taken = await peer.provision(mapped(displayName="Ada"), password=PASSWORD, adopt=lambda _: True)
    assert (taken.id, taken.found) == ("7", True)
    written = [request.body for request in transport.requests if request.body]
    assert all("word" not in str(body) for body in written)
    assert {"auto": "'active', 'value': True", "wizard": "'active': True", "catalogue": "{'active': True}"}[
        style
    ] in str(written)


LOOKUPS: dict[str, tuple[Reply, type[ProvisioningError] | None]] = {
    "the one": (page(ADA | {"userName": "ADA@example.test"}), None),
    "others beside it": (page({"id": "8", "userName": "bada@example.test"}, ADA), None),
    "one in other case beside it": (page({"id": "8", "userName": "Ada@Example.Test"}, ADA), None),
    "two": (page(ADA, ADA | {"id": "8"}), TargetRefused),
    "everybody": (page({"id": "8", "userName": "bo"}, total=5000), TargetMisbehaved),
    "a page": (reply(200, HTML), TargetMisbehaved),
    "no list": (reply(200, {"Resources": []}), TargetMisbehaved),
    "resources without ids": (page({"userName": "ada@example.test"}), TargetMisbehaved),
    "an integer as id": (page(ADA | {"id": 7}), None),
    "names in lower case": (reply(200, {"totalresults": "1", "resources": [ADA]}), None),
}


@pytest.mark.parametrize("name", LOOKUPS)
async def test_only_what_has_the_name_is_a_match(name: str) -> None:
    answer, raised = LOOKUPS[name]
    peer, _ = target({"GET /Users": answer})
    if raised is None:
        found = await peer.find("User", "ada@example.test")
        assert found is not None
        assert found["id"] == "7"
    else:
        with pytest.raises(raised):
            await peer.find("User", "ada@example.test")


@pytest.mark.parametrize("answer", [page(), page({"id": "8", "userName": "bada@example.test"}), error(404, "No.")])
async def test_a_lookup_that_finds_nobody_is_no_error(answer: Reply) -> None:
    peer, _ = target({"GET /Users": answer})
    assert await peer.find("User", "ada@example.test") is None


async def test_users_are_looked_up_by_what_the_connection_says() -> None:
    who = mapped(externalId='e"1', emails=[{"value": "ada@x.test"}])
    cases = {
        "externalId": "filter=externalId%20eq%20%22e%5C%221%22&startIndex=1&count=100",
        "emails.value": "filter=emails.value%20eq%20%22ada%40x.test%22&startIndex=1&count=100",
        'emails[type eq "work"].value': "filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22ada%40x.test%22"
        "&startIndex=1&count=100",
    }
    for attribute, query in cases.items():
        peer, transport = target({"POST /Users": reply(201, ADA)}, replace(CONNECTION, unique_attribute=attribute))
        await peer.provision(who, password=None, adopt=lambda _: True)
        assert transport.requests[0].query == query
    peer, transport = target({}, replace(CONNECTION, unique_attribute="externalId"))
    with pytest.raises(TargetRefused, match="looked up there by externalId"):
        await peer.provision(mapped(), password=None, adopt=lambda _: True)
    okta, transport = target(
        {"POST": reply(201, ADA)}, replace(CONNECTION, unique_attribute="externalId", style="wizard")
    )
    await okta.provision(who, password=None, adopt=lambda _: True)
    assert transport.requests[0].query.startswith("filter=userName%20eq%20%22e%5C%22")  # Okta's way


Event = Callable[[Target], Awaitable[object]]
GROUP_EVENTS: dict[str, Event] = {
    "rename": lambda peer: peer.rename_group("g", "new", NOW_MEMBERS),
    "members": lambda peer: peer.change_members("g", "new", [Member("m1", "one")], [], NOW_MEMBERS),
    "push now": lambda peer: peer.push_now("g", "new", [Member("m1", "one")]),
}


@pytest.mark.parametrize("style", ["auto", "wizard", "catalogue"])
async def test_a_resource_that_is_gone_is_told_from_a_server_that_is(style: Style) -> None:
    """A 404 of the whole endpoint must not look as if everybody had been deleted."""
    connection = replace(CONNECTION, style=style)
    events: list[Event] = [
        lambda peer: peer.update("7", mapped()),
        lambda peer: peer.deactivate("7", None),
        *GROUP_EVENTS.values(),
    ]
    for event in events:
        for answer in (error(404, "No such resource"), reply(404, b"Not Found")):
            peer, _ = target(
                {f"{method} /{kind}/": answer for method in ("GET", "PUT", "PATCH") for kind in ("Users", "Groups")},
                connection,
            )
            with pytest.raises(TargetGone, match="not there any more"):
                await event(peer)
        peer, _ = target({method: reply(404, b"Not Found") for method in ("GET", "PUT", "PATCH")}, connection)
        with pytest.raises(TargetUnavailable, match="404 to everything") as raised:
            await event(peer)
        assert "base URL" in raised.value.advice
    peer, _ = target(
        {"DELETE": error(404, "No"), "GET /Users/": error(404, "No"), "GET /Groups/": error(404, "No")}, connection
    )
    await peer.delete_user("7")
    await peer.delete_group("g")
    assert await peer.read("User", "7") is None


async def test_a_deletion_that_is_not_taken_is_not_taken_for_done() -> None:
    peer, _ = target({"DELETE": reply(404, b"no route"), "GET /Users/7": reply(200, ADA)})
    with pytest.raises(NotTaken, match="although the resource is there"):
        await peer.delete_user("7")


async def test_a_404_that_is_about_a_member_is_a_refusal() -> None:
    """It neither makes the group seem gone, nor PATCH seem unknown there."""
    group = {"id": "g", "displayName": "new", "members": []}
    peer, transport = target({"PATCH": error(404, "User m1 not found"), "GET /Groups/g": reply(200, group)})
    with pytest.raises(TargetRefused, match="User m1 not found") as raised:
        await GROUP_EVENTS["members"](peer)
    assert not isinstance(raised.value, NotTaken | TargetGone)
    assert not [request for request in transport.requests if request.method == "PUT"]


@pytest.mark.parametrize("refusal", [reply(405), reply(501), reply(404, b"no route")])
async def test_a_target_that_takes_no_patch_gets_puts_and_is_not_asked_again(refusal: Reply) -> None:
    stored = {"schemas": [USER], **ADA, "title": "Countess"}
    peer, transport = target(
        {
            "PATCH": refusal,
            "GET /Users/7": reply(200, stored),
            "PUT": lambda request: reply(200, request.body),
            "GET /ServiceProviderConfig": error(404, "No"),
        }
    )
    await peer.deactivate("7", None)
    await peer.update("7", mapped(displayName="Ada"), previous=mapped())
    puts = [request.body for request in transport.requests if request.method == "PUT"]
    assert puts == [stored | {"active": False}, stored | {"displayName": "Ada"}]
    assert len([name for name in transport.asked if name.startswith("PATCH")]) == 1
    assert transport.asked.count("GET /ServiceProviderConfig") == 1


async def test_a_target_may_take_patch_for_groups_and_not_for_users() -> None:
    stored = {"schemas": [USER], **ADA}
    answers: dict[str, Answer] = {"PATCH": reply(204), "GET /Users/7": reply(200, stored), "PUT": reply(204)}
    peer, transport = target(answers, replace(CONNECTION, preset="keycloak-scim-extension"))
    await peer.deactivate("7", None)
    await GROUP_EVENTS["members"](peer)
    assert transport.asked == ["GET /Users/7", "PUT /Users/7", "PATCH /Groups/g"]
    # Refused once for users, it is still tried for groups.
    peer, transport = target(answers | {"PATCH /Users": reply(405), "GET /ServiceProviderConfig": reply(404)})
    await peer.deactivate("7", None)
    await GROUP_EVENTS["members"](peer)
    assert transport.asked[-2:] == ["PUT /Users/7", "PATCH /Groups/g"]


async def test_discovery_decides_between_patch_and_put() -> None:
    for supported, method in ((True, "PATCH"), (False, "PUT")):
        configuration = {"patch": {"supported": supported}, "filter": {"supported": True, "maxResults": 50}}
        peer, transport = target(
            {
                "GET /ServiceProviderConfig": reply(200, configuration),
                "GET /Groups/g": reply(
                    200, {"id": "g", "displayName": "old", "members": [{"value": "m9"}, {"value": "m1"}]}
                ),
                method: reply(204),
            }
        )
        for event in GROUP_EVENTS.values():
            await event(peer)
        assert {request.method for request in transport.requests if request.method != "GET"} == {method}
        if method == "PUT":
            names = [
                [member["value"] for member in request.body["members"]]
                for request in transport.requests
                if request.body
            ]
            assert names == [["m9", "m1"], ["m9", "m1"], ["m1"]]
        assert [user async for user in peer.list("User")] == []
        assert transport.requests[-1].query == "startIndex=1&count=50"


async def test_a_target_that_cannot_answer_now_is_asked_again_what_it_can() -> None:
    peer, transport = target({"GET /ServiceProviderConfig": [reply(503), reply(404)], "PATCH": reply(204)})
    with pytest.raises(TargetUnavailable):
        await peer.deactivate("7", None)
    await peer.deactivate("7", None)
    assert transport.asked == ["GET /ServiceProviderConfig"] * 2 + ["PATCH /Users/7"]


async def test_an_update_is_one_patch_of_what_differs_and_nothing_if_nothing_does() -> None:
    before = mapped(name={"givenName": "Ada", "familyName": "Moss"}, title="Countess", nickName="A")
    after = replace(
        mapped(name={"givenName": "Ada", "familyName": "Ray"}, nickName="A"), absent=("title",), cleared=("locale",)
    )
    peer, transport = target({"PATCH": reply(204)}, replace(CONNECTION, preset="scimbridge"))
    await peer.update("7", after, previous=before)
    assert transport.requests[0].body["Operations"] == [
        {"op": "replace", "path": "name.familyName", "value": "Ray"},
        {"op": "remove", "path": "title"},
        {"op": "remove", "path": "locale"},
    ]
    transport.requests.clear()
    # An attribute that is mapped on create only is not taken away by an update that does not have it.
    await peer.update("7", mapped(), previous=mapped(title="Countess"))
    assert transport.asked == []


async def test_values_of_a_list_that_are_not_ours_stay() -> None:
    private = {"value": "ada@home.test", "type": "home"}
    there = ADA | {"emails": [{"value": "old@x.test", "type": "work", "primary": True}, private]}
    peer, transport = target(
        {"GET /Users/7": reply(200, there), "PATCH": reply(204)}, replace(CONNECTION, preset="scimbridge")
    )
    work = {"primary": True, "type": "work"}
    before, after = (mapped(emails=[{**work, "value": f"{word}@x.test"}]) for word in ("old", "new"))
    await peer.update("7", after, previous=before)
    operations = next(request.body["Operations"] for request in transport.requests if request.body)
    assert operations == [{"op": "replace", "path": "emails", "value": [{**work, "value": "new@x.test"}, private]}]


async def test_large_groups_go_in_bounded_requests() -> None:
    many = [Member(f"m{n}", f"{n}@x.test") for n in range(2500)]
    answers: dict[str, Answer] = {
        "POST /Groups": reply(201, {"id": "g", "displayName": "all"}),
        "PATCH": reply(204),
        "GET /Groups/g": reply(200, {"id": "g", "displayName": "all", "members": [{"value": "m0"}, {"value": "old"}]}),
    }
    peer, transport = target(dict(answers), replace(CONNECTION, preset="keycloak-26.7"))
    await peer.push_group("all", many, adopt=lambda _: True)
    assert "members" not in transport.requests[1].body
    added = [request.body["Operations"][0]["value"] for request in transport.requests[2:]]
    assert [len(value) for value in added] == [100] * 25
    assert [member["value"] for value in added for member in value] == [member.target for member in many]
    transport.requests.clear()
    await peer.change_members("g", "all", [], many[:250], NOW_MEMBERS)
    assert [len(request.body["Operations"]) for request in transport.requests] == [100, 100, 50]
    assert transport.requests[0].body["Operations"][0] == {"op": "remove", "path": 'members[value eq "m0"]'}
    transport.requests.clear()
    await peer.push_now("g", "all", many[:3])
    assert transport.requests[1].body["Operations"] == [
        {"op": "add", "path": "members", "value": [{"value": f"m{n}", "display": f"{n}@x.test"} for n in (1, 2)]},
        {"op": "remove", "path": 'members[value eq "old"]'},
    ]
    generic, transport = target(dict(answers), replace(CONNECTION, preset="scimbridge"))
    await generic.push_group("all", many, adopt=lambda _: True)
    sizes = [
        len(request.body.get("members", ())) or len(request.body["Operations"][0]["value"])
        for request in transport.requests[1:]
    ]
    assert sizes == [1000, 1000, 500]


async def test_a_patch_has_a_query_only_where_that_is_known_to_concern_the_reply() -> None:
    """SCIMMY 1.3.5 drops from the group what the query excludes: every other member would be lost."""
    for preset, query in (("", ""), ("scimbridge", "excludedAttributes=members")):
        peer, transport = target({"PATCH": reply(204)}, replace(CONNECTION, preset=preset))
        await GROUP_EVENTS["members"](peer)
        assert transport.requests[-1].query == query


async def test_aws_is_pushed_differences_by_value_and_never_a_whole_membership() -> None:
    peer, transport = target(
        {"PATCH": reply(204), "GET /Groups/g": reply(200, {"id": "g", "displayName": "new"})},
        replace(CONNECTION, preset="aws"),
    )
    await peer.change_members("g", "new", [], [Member("m1", "one"), Member("m2", "two")], NOW_MEMBERS)
    assert transport.requests[0].body["Operations"] == [
        {"op": "remove", "path": "members", "value": [{"value": "m1"}, {"value": "m2"}]}
    ]
    await peer.push_now("g", "new", [Member("m1", "one")])
    assert transport.requests[-1].body["Operations"][0]["op"] == "add"
    with pytest.raises(TargetRefused, match="does not tell who is in a group"):
        await peer.members("g")
    assert [user async for user in peer.list("User")] == []
    assert transport.requests[-1].query == "startIndex=1&count=50"


async def test_gitlab_gets_no_changes_that_it_does_not_take_and_that_is_told() -> None:
    name = {"formatted": "Ada Moss"}
    before = mapped(name=name, externalId="e1", emails=[{"value": "a@x.test"}])
    after = mapped(name={"formatted": "Ada Ray"}, externalId="e2", emails=[{"value": "a@x.test"}])
    peer, transport = target(
        {"PATCH": reply(204), "GET /Users/7": reply(200, ADA | after.document)}, replace(CONNECTION, preset="gitlab")
    )
    written = await peer.update("7", after, previous=before)
    assert transport.requests[0].body["Operations"] == [{"op": "replace", "path": "externalId", "value": "e2"}]
    assert written.dropped == ("name.formatted",)


@pytest.mark.parametrize("style", ["auto", "wizard", "catalogue"])
async def test_what_goes_wrong_after_a_create_tells_what_was_created(style: Style) -> None:
    peer, _ = target(
        {
            "POST /Groups": reply(201, {"id": "g1", "displayName": "all"}),
            "PATCH /Groups/g1": error(400, "No member m2"),
            "PUT /Groups/g1": error(400, "No member m2"),
            "GET /Groups/g1": reply(200, {"id": "g1"}),
        },
        replace(CONNECTION, style=style, preset="keycloak-26.7" if style == "auto" else ""),
    )
    with pytest.raises(TargetRefused, match="No member m2") as raised:
        await peer.push_group("all", [Member("m2", "two")], adopt=lambda _: True)
    assert raised.value.written == "g1"


async def test_the_catalogue_looks_groups_up_when_it_cannot_know_them() -> None:
    there = {"id": "g", "displayName": "all"}
    answers: dict[str, Answer] = {
        "POST /Groups": error(409, "Taken", "uniqueness"),
        "GET /Groups": page(there),
        "GET /Groups/g": reply(200, there),
        "PATCH": reply(204),
    }
    connection = replace(CONNECTION, style="catalogue")
    for knows, resumed, first in (
        (True, False, "POST /Groups"),
        (True, True, "GET /Groups"),
        (False, False, "GET /Groups"),
    ):
        transport = Scripted(answers)
        peer = open_target(connection, transport, lambda: NOW, knows_groups=knows)
        pushed = await peer.push_group("all", [], adopt=lambda _: True, resumed=resumed)
        assert (pushed.id, pushed.found, transport.asked[0]) == ("g", True, first)
        with pytest.raises(TargetRefused, match="already, g"):
            await peer.push_group("all", [], adopt=lambda _: False, resumed=resumed)


PAGES: dict[str, tuple[list[Reply], type[ProvisioningError], str]] = {
    "cut short": ([page({"id": "1"}, total=3), page(total=3)], TargetMisbehaved, "says that there are 3, and gives 1"),
    "counted from 0": (
        [page({"id": "1"}, {"id": "2"}, total=3), page({"id": "2"}, {"id": "3"}, total=3)],
        TargetMisbehaved,
        "2 on more than one page",
    ),
    "changed meanwhile": ([page({"id": "1"}, total=3), page({"id": "2"}, total=2)], TargetUnavailable, "3 became 2"),
    "refused": ([error(400, "No lists")], TargetRefused, "No lists"),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_list_that_does_not_add_up_is_no_list(name: str) -> None:
    answers, raised, words = PAGES[name]
    peer, _ = target({"GET /Users": answers})
    with pytest.raises(raised, match=words):
        [user async for user in peer.list("User")]


async def test_a_list_whose_pages_are_smaller_than_asked_is_read_to_its_end() -> None:
    answers = [
        page({"id": "1"}, total=2),
        page({"id": "2", "members": [{"value": "m"}]}, total=3),
        page({"id": "3"}, total=3),
    ]
    peer, transport = target({"GET /Groups": answers})
    assert [group async for group in peer.list("Group")] == [{"id": "1"}, {"id": "2"}, {"id": "3"}]
    assert transport.requests[1].query == "startIndex=2&count=100&excludedAttributes=members"


CONNECTIONS: dict[str, tuple[Answer, str, str]] = {
    "good": (page(ADA), "200, a list; users in all: 1", ""),
    "wrong token": (error(401, "no"), "401 Unauthorized: no", "Check the token"),
    "no right": (error(403, "no"), "403 Forbidden: no", "give it the right"),
    "wrong URL": (reply(404, HTML), "404 Not Found: an HTML page", "what stands before /Users"),
    "redirect": (
        reply(301, b"", {"location": "https://new.test/v2?code=secret"}),
        "301",
        "perhaps https://new.test/v2:",
    ),
    "sign-in page": (reply(200, HTML), "answered 200 OK with an HTML page", "a sign-in page or a proxy"),
    "busy": (reply(429, b""), "429 Too Many Requests", "wait, and test again"),
    "broken": (error(500, "oops"), "500 Internal Server Error: oops", "its log tells why"),
    "empty": (reply(200), "answered 200 OK with nothing", "check the base URL"),
    "no SCIM": (reply(200, {"hello": 1}), "JSON that is no SCIM list", "no SCIM server answers there"),
}


@pytest.mark.parametrize("name", CONNECTIONS)
async def test_a_connection_test_says_what_came_back_and_what_to_do(name: str) -> None:
    answer, outcome, advice = CONNECTIONS[name]
    peer, transport = target({"GET /Users": answer})
    first, *others = await peer.test(groups=True)
    assert first.request == "GET /Users?startIndex=1&count=2"
    assert outcome in first.outcome
    assert (advice in first.advice, first.good) == (True, name == "good")
    assert "secret" not in first.advice
    # What would fail the same way is not tried.
    assert [other.request for other in others] == (["GET /Groups?startIndex=1&count=100"] if first.good else [])
    assert len(transport.requests) == 1 + len(others)


async def test_a_preset_tells_what_its_server_wants() -> None:
    peer, _ = target({"GET /Users": error(401, "no")}, replace(CONNECTION, preset="aws"))
    assert "runs out after a year" in (await peer.test(groups=False))[0].advice
