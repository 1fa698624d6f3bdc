"""Realms as documents."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.access.policy import ROLES
from scimbridge.access.realm import Extension, PasswordRules, Realm, TrustedIssuer
from scimbridge.access.settings import change_realm, realm_from_document, realm_to_document, resource_types
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import InvalidValue

BADGE = {
    "id": "urn:acme:params:scim:schemas:Badge",
    "name": "Badge",
    "attributes": [{"name": "number", "type": "string"}],
}
ISSUER = {"issuer": "https://i.example.test", "audience": "a", "jwksUrl": "https://i.example.test/certs"}
MINIMAL = {"id": "r1", "name": "acme"}

texts = st.text(min_size=1).filter(str.strip)
issuers = st.builds(
    TrustedIssuer,
    issuer=texts,
    audience=texts,
    jwks_url=st.just("https://i.example.test/certs"),
    claims=st.dictionaries(texts, st.text() | st.booleans() | st.lists(st.integers(-(2**53), 2**53))),
    roles=st.sets(st.sampled_from(ROLES)).map(lambda chosen: tuple(role for role in ROLES if role in chosen)),
)
realms = st.builds(
    Realm,
    id=texts,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    display_name=st.text(),
    enabled=st.booleans(),
    scim_api=st.booleans(),
    password_policy=st.sampled_from(["store", "ignore", "reject"]),
    password_rules=st.builds(
        PasswordRules,
        min_length=st.integers(0, 20),
        max_length=st.integers(20, 1024),
        blocklist=st.lists(texts).map(tuple),
    ),
    unknown_members=st.sampled_from(["reject", "skip"]),
    token_lifetime=st.integers(10, 86_400),
    page_size=st.integers(1, 10),
    max_page_size=st.integers(10, 1000),
    extensions=st.just(()) | st.just((Extension("User", BADGE, required=True),)),
    issuers=st.lists(issuers, unique_by=lambda issuer: issuer.issuer, max_size=3).map(tuple),
)


@given(realms)
def test_a_realm_survives_its_document(realm: Realm) -> None:
    assert realm_from_document(orjson.loads(orjson.dumps(realm_to_document(realm)))) == realm


@given(realms)
def test_an_empty_change_changes_nothing(realm: Realm) -> None:
    assert change_realm(realm, {}) == realm
    assert change_realm(realm, realm_to_document(realm)) == realm


def test_what_is_not_there_has_its_default() -> None:
    assert realm_from_document(MINIMAL) == Realm(id="r1", name="acme")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"scimApi": False}, {"scim_api": False}),
        ({"passwordRules": {"minLength": 12}}, {"password_rules": PasswordRules(12, 64, ("x",))}),
        ({"passwordRules": {"maxLength": None}}, {"password_rules": PasswordRules(8, 256, ("x",))}),
        ({"passwordRules": None}, {"password_rules": PasswordRules()}),
        ({"passwordRules": {"blocklist": ["y"]}}, {"password_rules": PasswordRules(8, 64, ("y",))}),
        ({"tokenLifetime": None}, {"token_lifetime": 300}),
        ({"name": "beta"}, {"name": "beta"}),
        ({"issuers": []}, {"issuers": ()}),
        ({"id": "r1"}, {}),
    ],
)
def test_a_change_sets_what_it_names(change: dict[str, Any], expected: dict[str, Any]) -> None:
    issuer = TrustedIssuer("https://i", "a", jwks_file="/keys.json")
    realm = Realm("r1", "acme", token_lifetime=60, password_rules=PasswordRules(8, 64, ("x",)), issuers=(issuer,))
    assert change_realm(realm, change) == replace(realm, **expected)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"scimAPI": True}, 'There is no setting "scimAPI"; there are: id, name, displayName,'),
        ({"passwordRules": {"length": 1}}, 'There is no setting "passwordRules.length"; there are: minLength,'),
        ({"name": ""}, 'Setting "name" must be 1 to 64 letters'),
        ({"name": "a/b"}, 'Setting "name" must be 1 to 64 letters'),
        ({"name": ".."}, 'Setting "name" must be 1 to 64 letters'),
        ({"name": "acme\n"}, 'Setting "name" must be 1 to 64 letters'),
        ({"name": None}, 'Setting "name" is required.'),
        ({"id": "r2"}, 'Setting "id" cannot be changed.'),
        ({"enabled": "yes"}, 'Setting "enabled" must be true or false.'),
        ({"enabled": 1}, 'Setting "enabled" must be true or false.'),
        ({"displayName": 1}, 'Setting "displayName" must be a string.'),
        ({"passwordPolicy": "forget"}, 'Setting "passwordPolicy" must be one of store, ignore, reject, forward.'),
        ({"unknownMembers": []}, 'Setting "unknownMembers" must be one of reject, skip.'),
        ({"tokenLifetime": 0}, 'Setting "tokenLifetime" must be a whole number from 10 to 86400.'),
        ({"tokenLifetime": True}, 'Setting "tokenLifetime" must be a whole number'),
        ({"pageSize": 1001}, 'Setting "pageSize" must be a whole number from 1 to 1000.'),
        ({"pageSize": 200, "maxPageSize": 100}, 'Setting "pageSize" must not be greater than "maxPageSize".'),
        ({"passwordRules": []}, 'Setting "passwordRules" must be an object.'),
        ({"passwordRules": {"minLength": 300}}, 'Setting "passwordRules.minLength" must not be greater than'),
        ({"passwordRules": {"blocklist": [" "]}}, 'Setting "passwordRules.blocklist[0]" must be a string that is not'),
        ({"issuers": {}}, 'Setting "issuers" must be a list.'),
        ({"issuers": ["x"]}, 'Setting "issuers[0]" must be an object.'),
        ({"issuers": [{"issuer": "x"}]}, 'Setting "issuers[0].audience" is required.'),
        ({"issuers": [ISSUER, ISSUER]}, 'Setting "issuers" must name each issuer once.'),
        ({"issuers": [ISSUER | {"jwksFile": "/k"}]}, 'Setting "issuers[0]" needs exactly one of "jwksUrl" and'),
        ({"issuers": [ISSUER | {"jwksUrl": ""}]}, 'Setting "issuers[0]" needs exactly one of "jwksUrl" and'),
        ({"issuers": [ISSUER | {"claims": []}]}, 'Setting "issuers[0].claims" must be an object.'),
        ({"issuers": [ISSUER | {"roles": ["root"]}]}, '"root" is no role of realm-management; there are:'),
        ({"extensions": [{"schema": BADGE}]}, 'Setting "extensions[0].resourceType" is required.'),
        ({"extensions": [{"resourceType": "Car", "schema": BADGE}]}, 'Setting "extensions": There is no resource type'),
        ({"extensions": [{"resourceType": "User", "schema": {}}]}, 'Setting "extensions": '),
    ],
)
def test_a_wrong_setting_is_refused_by_name(change: dict[str, Any], detail: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        change_realm(Realm("r1", "acme"), change)
    assert refusal.value.detail.startswith(detail)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://login.example.test/keys", True),
        ("http://localhost:8080/keys", True),
        ("http://127.0.0.1/keys", True),
        ("http://[::1]/keys", True),
        ("http://login.example.test/keys", False),
        ("http://127.0.0.1.example.test/keys", False),
        ("https://user:pass@login.example.test/keys", False),
        ("file:///etc/keys", False),
        ("https://", False),
        ("https://[::1/keys", False),
        (7, False),
    ],
)
def test_keys_are_fetched_over_tls_or_from_this_machine(url: object, good: bool) -> None:
    document = MINIMAL | {"issuers": [ISSUER | {"jwksUrl": url}]}
    if good:
        assert realm_from_document(document).issuers[0].jwks_url == url
        return
    with pytest.raises(InvalidValue, match=r'Setting "issuers\[0\].jwksUrl" must be'):
        realm_from_document(document)


def test_an_extension_becomes_part_of_its_resource_type() -> None:
    realm = realm_from_document(MINIMAL | {"extensions": [{"resourceType": "User", "schema": BADGE}]})
    types = resource_types(realm)
    assert BADGE["id"] in [extension.id for extension in types.by_name["User"].extensions]
    assert resource_types(Realm("r1", "acme")) is CORE
