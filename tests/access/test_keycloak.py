"""The setting `keycloak` of a realm, and the secret that goes with it."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.access.keycloak import trusted_issuers
from scimbridge.access.realm import Keycloak, Realm, TrustedIssuer
from scimbridge.access.secrets import KEYCLOAK
from scimbridge.access.settings import change_realm, realm_from_document, realm_to_document
from scimbridge.scim.errors import InvalidValue

from .site import ACTOR, Site

URL = "https://kc.example.test/realms/acme"
BRIDGED: dict[str, Any] = {"id": "r1", "name": "acme", "keycloak": {"url": URL, "clientId": "scimbridge"}}

texts = st.text(min_size=1).filter(str.strip)
keycloaks = st.builds(
    Keycloak,
    url=st.just(URL),
    client_id=st.text(),
    delivery=st.sampled_from(["immediate", "queued"]),
    timeout=st.floats(0.1, 3600),
    ca_file=st.text(),
    pool_size=st.integers(1, 256),
    freshness=st.integers(0, 86_400),
    credential=st.sampled_from(["auto", "hashed", "plain"]),
    temporary_password=st.booleans(),
    attributes=st.dictionaries(st.sampled_from(["title", "name.givenName"]), st.just("title"), max_size=1),
    identity_provider=st.text(),
    identity=st.sampled_from(["externalId", "emails.value"]),
    adopt=st.sampled_from([(), ("userName",), ("userName", "email")]),
    group_roles=st.sampled_from(["", "realm", "portal"]),
    only=st.sampled_from(["", "role:scim-managed", "group:/people", "attribute:scim=yes"]),
    drift=st.dictionaries(texts, st.sampled_from(["heal", "accept", "ignore"])),
)


@given(keycloaks)
def test_the_setting_survives_its_document(keycloak: Keycloak) -> None:
    realm = Realm("r1", "acme", password_policy="forward", keycloak=keycloak)
    assert realm_from_document(orjson.loads(orjson.dumps(realm_to_document(realm)))) == realm


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://kc.example.test/auth/realms/acme",
        "http://localhost:8080/realms/acme",
        "http://127.0.0.1:8080/realms/acme",
        "http://10.1.2.3/realms/acme",
        "http://keycloak:8080/realms/acme",
    ],
)
def test_a_realm_is_named_by_its_url(url: str) -> None:
    realm = realm_from_document(BRIDGED | {"keycloak": {"url": f"{url}/"}})
    assert realm.keycloak == Keycloak(url)


@pytest.mark.parametrize(
    ("keycloak", "detail"),
    [
        ({}, 'Setting "keycloak.url" is required.'),
        ([], 'Setting "keycloak" must be an object.'),
        ({"url": "https://kc.example.test"}, 'Setting "keycloak.url" must be the URL of a Keycloak realm'),
        ({"url": "https://kc.example.test/admin/realms/a/users"}, 'Setting "keycloak.url" must be the URL of a'),
        ({"url": "https://ada:pw@kc.example.test/realms/a"}, 'Setting "keycloak.url" must be the URL of a'),
        ({"url": "https://[::1/realms/a"}, 'Setting "keycloak.url" must be the URL of a'),
        ({"url": "http://kc.example.test/realms/a"}, 'Setting "keycloak.url" must be an https URL (http only for'),
        ({"url": "ftp://localhost/realms/a"}, 'Setting "keycloak.url" must be an https URL'),
        ({"url": 7}, 'Setting "keycloak.url" must be a string that is not empty.'),
        ({"url": URL, "delivery": "later"}, 'Setting "keycloak.delivery" must be one of immediate, queued.'),
        ({"url": URL, "timeout": 0}, 'Setting "keycloak.timeout" must be a number of seconds'),
        ({"url": URL, "timeout": True}, 'Setting "keycloak.timeout" must be a number of seconds'),
        ({"url": URL, "groupRoles": "realm-management"}, 'Setting "keycloak.groupRoles" must be realm, the client id'),
        ({"url": URL, "poolSize": 0}, 'Setting "keycloak.poolSize" must be a whole number from 1 to 256.'),
        ({"url": URL, "freshness": -1}, 'Setting "keycloak.freshness" must be a whole number from 0'),
        ({"url": URL, "credential": "md5"}, 'Setting "keycloak.credential" must be one of auto, hashed, plain.'),
        ({"url": URL, "attributes": {"title": ""}}, 'Setting "keycloak.attributes.title" must be a string that'),
        ({"url": URL, "attributes": {"title": "email"}}, 'Setting "keycloak.attributes" must not name "email"'),
        (
            {"url": URL, "attributes": {"title": "t", "nickName": "t"}},
            'Setting "keycloak.attributes" must be an object',
        ),
        (
            {"url": URL, "attributes": {"shoeSize": "s"}},
            'Setting "keycloak.attributes.shoeSize": "shoeSize" is no attri',
        ),
        ({"url": URL, "attributes": {"name": "n"}}, 'Setting "keycloak.attributes.name": "name" is no attribute of a'),
        ({"url": URL, "attributes": {"a b": "n"}}, 'Setting "keycloak.attributes.a b": "a b" is no attribute path'),
        ({"url": URL, "identity": "emails"}, 'Setting "keycloak.identity": "emails" is no attribute of a user'),
        ({"url": URL, "adopt": ["id"]}, 'Setting "keycloak.adopt[0]" must be one of userName, email.'),
        ({"url": URL, "only": "team:x"}, 'Setting "keycloak.only" must be role:NAME, group:NAME,'),
        ({"url": URL, "only": "attribute:x"}, 'Setting "keycloak.only" must be role:NAME, group:NAME,'),
        ({"url": URL, "drift": {"title": "shout"}}, 'Setting "keycloak.drift.title" must be one of heal, accept,'),
        ({"url": URL, "secret": "x"}, 'There is no setting "keycloak.secret"; there are: url, clientId,'),
    ],
)
def test_a_wrong_setting_is_refused_by_name(keycloak: object, detail: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        realm_from_document(BRIDGED | {"keycloak": keycloak})
    assert refusal.value.detail.startswith(detail)


@pytest.mark.parametrize(
    ("before", "change", "policy"),
    [
        ("store", {"keycloak": {"url": URL}}, "forward"),
        ("ignore", {"keycloak": {"url": URL}}, "ignore"),
        ("store", {"keycloak": {"url": URL}, "passwordPolicy": "reject"}, "reject"),
        ("forward", {"keycloak": None}, "store"),
        ("forward", {"keycloak": {"timeout": 3}}, "forward"),
        ("forward", {"passwordPolicy": None}, "forward"),
        ("store", {"passwordPolicy": None}, "store"),
    ],
)
def test_passwords_are_kept_by_whoever_is_behind_the_realm(before: Any, change: dict[str, Any], policy: str) -> None:
    realm = Realm("r1", "acme", password_policy=before, keycloak=Keycloak(URL) if before == "forward" else None)
    assert change_realm(realm, change).password_policy == policy


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (BRIDGED | {"passwordPolicy": "store"}, "forward, ignore or reject, as Keycloak"),
        ({"id": "r1", "name": "acme", "passwordPolicy": "forward"}, "store, ignore or reject"),
    ],
)
def test_a_policy_that_nothing_behind_the_realm_can_fulfil_is_refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValue, match=f'Setting "passwordPolicy" of this realm must be {words}'):
        realm_from_document(document)


def test_one_setting_changes_and_the_others_stay() -> None:
    realm = realm_from_document(BRIDGED)
    changed = change_realm(realm, {"keycloak": {"delivery": "queued", "attributes": {"title": None}}})
    assert realm.keycloak is not None
    attributes = {path: name for path, name in realm.keycloak.attributes.items() if path != "title"}
    assert changed.keycloak == replace(realm.keycloak, delivery="queued", attributes=attributes)


def test_the_tokens_of_the_keycloak_behind_a_realm_are_trusted() -> None:
    own = TrustedIssuer("https://i.example.test", "a", jwks_file="/keys.json")
    realm = Realm("r1", "acme", issuers=(own,), keycloak=Keycloak(URL, ca_file="/ca.pem"))
    certs = f"{URL}/protocol/openid-connect/certs"
    assert trusted_issuers(realm) == {
        own.issuer: own,
        URL: TrustedIssuer(URL, "realm-management", jwks_url=certs, ca_file="/ca.pem"),
    }


def test_what_the_settings_say_of_that_keycloak_comes_first() -> None:
    own = TrustedIssuer(URL, "scim", jwks_url=f"{URL}/certs")
    assert trusted_issuers(Realm("r1", "acme", issuers=(own,), keycloak=Keycloak(URL))) == {URL: own}


class TestSecret:
    async def test_it_is_sealed_and_in_no_document_and_no_record(self, site: Site) -> None:
        settings = {"keycloak": {"url": URL, "clientId": "c", "clientSecret": "hush-hush"}}
        realm = await site.administration.realms.create("acme", settings, actor=ACTOR)
        assert "hush" not in repr(realm)
        assert "hush" not in repr(site.administration.events())
        assert site.administration.realms.secrets(realm).reveal(KEYCLOAK) == "hush-hush"
        assert site.store.access(realm.id).sealed(KEYCLOAK) == b"hsuh-hsuh"

    async def test_it_is_replaced_and_stays_when_others_change(self, site: Site) -> None:
        realms = site.administration.realms
        realm = await realms.create("acme", {"keycloak": {"url": URL, "clientSecret": "one"}}, actor=ACTOR)
        await realms.change("acme", {"keycloak": {"timeout": 3}}, actor=ACTOR)
        assert realms.secrets(realm).reveal(KEYCLOAK) == "one"
        await realms.change("acme", {"keycloak": {"clientSecret": "two"}}, actor=ACTOR)
        assert realms.secrets(realm).reveal(KEYCLOAK) == "two"

    async def test_it_goes_when_keycloak_goes(self, site: Site) -> None:
        realms = site.administration.realms
        realm = await realms.create("acme", {"keycloak": {"url": URL, "clientSecret": "one"}}, actor=ACTOR)
        await realms.change("acme", {"keycloak": None}, actor=ACTOR)
        assert realms.secrets(realm).reveal(KEYCLOAK) is None

    async def test_one_that_is_refused_is_not_repeated(self, site: Site) -> None:
        with pytest.raises(InvalidValue, match=r'Setting "keycloak.clientSecret" must be a string that is not empty.'):
            await site.administration.realms.create("acme", {"keycloak": {"clientSecret": " "}}, actor=ACTOR)

    async def test_nothing_is_sealed_for_a_realm_that_is_refused(self, site: Site) -> None:
        realms = site.administration.realms
        realm = await realms.create("acme", {}, actor=ACTOR)
        with pytest.raises(InvalidValue):
            await realms.change("acme", {"keycloak": {"url": "x", "clientSecret": "one"}}, actor=ACTOR)
        assert realms.secrets(realm).reveal(KEYCLOAK) is None
