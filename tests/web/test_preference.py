"""The header `Prefer`: a client that does not want the resource back is not sent it."""

import pytest

from .conftest import GROUP, ORIGIN, USER, Tenant

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MINIMAL = {"Prefer": "return=minimal"}


async def test_a_write_is_answered_with_place_and_version_only(acme: Tenant) -> None:
    body = {"schemas": [USER], "userName": "ada@example.test"}
    created = await acme.ask("POST", "/Users", body, **MINIMAL)
    location = created.headers["Location"]
    path = location.removeprefix(ORIGIN + acme.base)
    replaced = await acme.ask("PUT", path, body | {"title": "Engineer"}, **MINIMAL)
    operation = {"op": "replace", "value": {"title": "Chief"}}
    patched = await acme.ask("PATCH", path, {"schemas": [PATCH], "Operations": [operation]}, **MINIMAL)
    answers = (created, replaced, patched)
    assert [answer.status_code for answer in answers] == [201, 204, 204]
    assert [answer.content for answer in answers] == [b"", b"", b""]
    assert [answer.headers["Preference-Applied"] for answer in answers] == ["return=minimal"] * 3
    assert [answer.headers["Location"] for answer in answers] == [location] * 3
    assert [answer.headers["ETag"] for answer in answers] == ['W/"1"', 'W/"2"', 'W/"3"']
    assert (await acme.ask("GET", path)).json()["title"] == "Chief"


async def test_a_group_is_written_without_its_members_being_read(acme: Tenant) -> None:
    user = await acme.user()
    body = {"schemas": [GROUP], "displayName": "crew", "members": [{"value": user["id"]}]}
    created = await acme.ask("POST", "/Groups", body, **MINIMAL)
    path = created.headers["Location"].removeprefix(ORIGIN + acme.base)
    removal = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members"}]}
    patched = await acme.ask("PATCH", path, removal, **MINIMAL)
    assert (created.status_code, patched.status_code, patched.headers["ETag"]) == (201, 204, 'W/"2"')
    assert "members" not in (await acme.ask("GET", path)).json()


@pytest.mark.parametrize(
    ("prefer", "is_minimal"),
    [
        ("return=minimal", True),
        ("RETURN = MINIMAL", True),
        ('return="minimal"', True),
        ("respond-async, return=minimal; x=y", True),
        ('note="a, b\\" ;", return=minimal', True),
        ("return=minimal, return=representation", True),
        ("return=representation, return=minimal", False),
        ('note="x, return=minimal"', False),
        ("return", False),
        ("x-return=minimal", False),
        ("handling=lenient; return=minimal", False),
        ("", False),
        ('"', False),
    ],
)
async def test_the_preference_is_read_as_rfc_7240_writes_it(acme: Tenant, prefer: str, is_minimal: bool) -> None:
    answer = await acme.ask("POST", "/Users", {"userName": "ada"}, Prefer=prefer)
    assert answer.status_code == 201
    assert (answer.content == b"", "Preference-Applied" in answer.headers) == (is_minimal, is_minimal)


async def test_a_refusal_is_told_whatever_was_preferred(acme: Tenant) -> None:
    await acme.user("ada")
    answer = await acme.ask("POST", "/Users", {"userName": "ada"}, **MINIMAL)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
