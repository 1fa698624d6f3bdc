"""Access tokens of trusted issuers."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from scimbridge.access.gate import Gate
from scimbridge.access.principal import Principal
from scimbridge.scim.errors import Unauthenticated, Unavailable

from .site import PEMS, Site, enter

ISSUER = "https://keycloak.example.test/realms/corp"
SETTINGS = {"issuers": [{"issuer": ISSUER, "audience": "https://scim.example.test", "jwksUrl": f"{ISSUER}/certs"}]}
RSA = RSAKey.import_key(PEMS[0], {"kid": "rsa"})
STRANGER = RSAKey.import_key(PEMS[1], {"kid": "rsa"})
KEYS: dict[str, Any] = {
    **dict.fromkeys(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"], RSA),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec256"}),
    "ES384": ECKey.generate_key("P-384", {"kid": "ec384"}),
    "ES512": ECKey.generate_key("P-521", {"kid": "ec521"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed25519"}),
}


class _Anything(jws.JWSRegistry):
    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def token(
    site: Site, algorithm: str = "RS256", key: Any = None, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """A good token, with the claims that are given in place of its own; None leaves one out."""
    now = int(site.clock().timestamp())
    payload = {
        "iss": ISSUER,
        "aud": ["account", "https://scim.example.test"],
        "azp": "provisioner",
        "sub": "s1",
        "exp": now + 300,
        "resource_access": {"realm-management": {"roles": ["view-users", "create-client"]}},
    } | claims
    key = key or KEYS[algorithm]
    protected = {"alg": algorithm, "kid": key.kid} | (header or {})
    body = json.dumps({name: value for name, value in payload.items() if value is not None})
    head = {name: value for name, value in protected.items() if value is not None}
    return jws.serialize_compact(head, body, key, registry=_Anything(strict_check_header=False))


def publish(site: Site, *keys: Any, **entry: Any) -> None:
    """`entry` stands in every published key."""
    site.key_source.document = orjson.dumps({"keys": [key.as_dict(private=False) | entry for key in keys]})


@pytest.fixture
async def gate(site: Site) -> Gate:
    publish(site, RSA)
    return await site.open(SETTINGS)


@pytest.mark.parametrize("algorithm", KEYS)
async def test_every_public_key_algorithm_is_taken(site: Site, gate: Gate, algorithm: str) -> None:
    publish(site, *KEYS.values())
    assert await enter(gate, f"Bearer {token(site, algorithm)}") == Principal(
        "provisioner", "provisioner", frozenset({"view-users"})
    )


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"exp": None}, 'The token has no "exp".'),
        ({"exp": "soon"}, 'The "exp" of the token is no time.'),
        ({"exp": True}, 'The "exp" of the token is no time.'),
        ({"exp": 10**30}, 'The "exp" of the token is no time.'),
        ({"aud": "other"}, 'The "aud" of the token is not this realm\'s.'),
        ({"aud": None}, 'The "aud" of the token is not this realm\'s.'),
        ({"aud": {"https://scim.example.test": 1}}, 'The "aud" of the token is not this realm\'s.'),
        (
            {"iss": "https://other.example.test"},
            "The token was not issued by this realm, or its key is no longer taken.",
        ),
        ({"iss": ["x"]}, "The token was not issued by this realm, or its key is no longer taken."),
    ],
)
async def test_a_token_with_wrong_claims_is_refused(
    site: Site, gate: Gate, claims: dict[str, Any], detail: str
) -> None:
    assert str(await enter(gate, token(site, **claims))) == detail


@pytest.mark.parametrize(
    ("name", "offset", "good"),
    [("exp", -29, True), ("exp", -30, False), ("nbf", 30, True), ("nbf", 31, False), ("nbf", -1000, True)],
)
async def test_clocks_may_differ_by_half_a_minute(site: Site, gate: Gate, name: str, offset: int, good: bool) -> None:
    moment = int(site.clock().timestamp()) + offset
    assert isinstance(await enter(gate, token(site, **dict[str, Any]({name: moment}))), Principal) is good


async def test_a_token_is_good_no_longer_than_it_says(site: Site, gate: Gate) -> None:
    value = token(site)
    site.clock.advance(seconds=329)
    assert isinstance(await enter(gate, value), Principal)
    site.clock.advance(seconds=1)
    assert isinstance(await enter(gate, value), Unauthenticated)


class TestForgeries:
    async def test_a_token_signed_by_somebody_else_is_refused(self, site: Site, gate: Gate) -> None:
        assert str(await enter(gate, token(site, key=STRANGER))) == "The signature of the token is not good."

    async def test_a_changed_payload_is_refused(self, site: Site, gate: Gate) -> None:
        head, _, signature = token(site).split(".")
        payload = token(site, sub="root").split(".")[1]
        assert isinstance(await enter(gate, f"{head}.{payload}.{signature}"), Unauthenticated)

    async def test_no_algorithm_is_no_signature(self, site: Site, gate: Gate) -> None:
        payload = token(site).split(".")[1]
        assert isinstance(await enter(gate, f"eyJhbGciOiJub25lIiwia2lkIjoicnNhIn0.{payload}."), Unauthenticated)

    async def test_the_public_key_is_no_secret_key(self, site: Site, gate: Gate) -> None:
        """The classic: HS256 with the public key as secret."""
        head = urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').decode().rstrip("=")
        signed = f"{head}.{token(site).split('.')[1]}"
        mac = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
        forged = f"{signed}.{urlsafe_b64encode(mac).decode().rstrip('=')}"
        assert str(await enter(gate, forged)) == "The token is signed with an algorithm that is not taken."

    async def test_an_issuer_cannot_publish_a_secret_key(self, site: Site, gate: Gate) -> None:
        secret = OctKey.generate_key(256, {"kid": "oct"})
        site.key_source.document = orjson.dumps({"keys": [secret.as_dict(private=True)]})
        assert isinstance(await enter(gate, token(site, "HS256", secret)), Unauthenticated)

    @pytest.mark.parametrize(
        "header", [{"crit": ["b64"], "b64": False}, {"crit": ["exp"], "exp": 1}, {"b64": True}, {"kid": "other"}]
    )
    async def test_headers_that_change_the_meaning_are_refused(
        self, site: Site, gate: Gate, header: dict[str, Any]
    ) -> None:
        head, payload, signature = token(site).split(".")
        changed = orjson.dumps({"alg": "RS256", "kid": "rsa"} | header)
        forged = f"{urlsafe_b64encode(changed).decode().rstrip('=')}.{payload}.{signature}"
        assert head not in forged
        assert isinstance(await enter(gate, forged), Unauthenticated)

    async def test_a_key_in_the_token_itself_is_not_used(self, site: Site, gate: Gate) -> None:
        forged = token(site, key=STRANGER, header={"jwk": STRANGER.as_dict(private=False)})
        assert isinstance(await enter(gate, forged), Unauthenticated)

    @pytest.mark.parametrize("entry", [{"use": "enc"}, {"alg": "PS256"}])
    async def test_a_key_published_for_something_else_is_not_used(
        self, site: Site, gate: Gate, entry: dict[str, str]
    ) -> None:
        publish(site, RSA, **entry)
        assert isinstance(await enter(gate, token(site)), Unauthenticated)

    async def test_a_short_rsa_key_is_not_used(self, site: Site, gate: Gate) -> None:
        with pytest.warns(match="2048"):
            short = RSAKey.generate_key(1024, {"kid": "short"})
        publish(site, short, RSA)
        assert isinstance(await enter(gate, token(site, key=short)), Unauthenticated)
        assert isinstance(await enter(gate, token(site)), Principal)

    async def test_another_issuers_key_does_not_sign_for_this_one(self, site: Site) -> None:
        other = {"issuer": "https://other.example.test", "audience": "x", "jwksUrl": "https://other.example.test/certs"}
        publish(site, STRANGER)
        gate = await site.open({"issuers": [*SETTINGS["issuers"], other]})
        assert isinstance(await enter(gate, token(site, key=STRANGER, iss=other["issuer"], aud="x")), Principal)
        publish(site, RSA)
        assert isinstance(await enter(gate, token(site, key=STRANGER)), Unauthenticated)


class TestSettings:
    async def test_an_issuer_may_grant_roles_itself_and_require_claims(self, site: Site) -> None:
        """Entra ID's tokens name no role of ours, and every tenant's application has the same audience."""
        issuer = {**SETTINGS["issuers"][0], "roles": ["manage-users"], "claims": {"appid": "8adf8e6e"}}
        publish(site, RSA)
        gate = await site.open({"issuers": [issuer]})
        good: dict[str, Any] = {"appid": "8adf8e6e", "azp": None, "resource_access": None}
        assert await enter(gate, token(site, **good)) == Principal("8adf8e6e", "8adf8e6e", frozenset({"manage-users"}))
        refusal = await enter(gate, token(site, **good | {"appid": "other"}))
        assert str(refusal) == 'The claim "appid" of the token is not what this realm requires.'
        assert isinstance(refusal, Unauthenticated)
        assert '"appid"' not in refusal.headers["WWW-Authenticate"], "a quote would end the string"

    @pytest.mark.parametrize("access", [[], "x", {"realm-management": []}, {"realm-management": {"roles": 1}}])
    async def test_roles_where_none_are_expected_are_no_roles(self, site: Site, gate: Gate, access: Any) -> None:
        principal = await enter(gate, token(site, resource_access=access))
        assert isinstance(principal, Principal)
        assert principal.roles == frozenset()

    async def test_an_issuer_that_is_no_longer_trusted_is_refused_at_once(self, site: Site, gate: Gate) -> None:
        value = token(site)
        assert isinstance(await enter(gate, value), Principal)
        assert isinstance(await enter(await site.open({"issuers": []}), value), Unauthenticated)


class TestFetching:
    async def test_keys_are_fetched_once_and_again_after_ten_minutes(self, site: Site, gate: Gate) -> None:
        for minutes, fetches in ((0, 1), (9, 1), (1, 2), (9, 2)):
            site.clock.advance(minutes=minutes)
            assert isinstance(await enter(gate, token(site, jti=str(minutes))), Principal)
            assert site.key_source.fetches == fetches

    async def test_a_key_that_is_not_published_any_more_is_refused_after_ten_minutes(
        self, site: Site, gate: Gate
    ) -> None:
        value = token(site, exp=int(site.clock().timestamp()) + 86_400)
        assert isinstance(await enter(gate, value), Principal)
        publish(site)
        site.clock.advance(minutes=10)
        assert isinstance(await enter(gate, value), Unauthenticated)

    async def test_an_unknown_key_makes_it_look_again_but_not_more_than_twice_a_minute(
        self, site: Site, gate: Gate
    ) -> None:
        await enter(gate, token(site))
        site.clock.advance(seconds=30)
        for number in range(5):
            assert isinstance(await enter(gate, token(site, header={"kid": f"no-{number}"})), Unauthenticated)
        assert site.key_source.fetches == 2
        new = ECKey.generate_key("P-256", {"kid": "new"})
        publish(site, RSA, new)
        assert isinstance(await enter(gate, token(site, "ES256", new)), Unauthenticated)
        site.clock.advance(seconds=30)
        assert isinstance(await enter(gate, token(site, "ES256", new)), Principal)

    async def test_requests_at_the_same_time_share_one_fetch(self, site: Site, gate: Gate) -> None:
        principals = await asyncio.gather(*(enter(gate, token(site, jti=str(number))) for number in range(10)))
        assert all(isinstance(principal, Principal) for principal in principals)
        assert site.key_source.fetches == 1

    async def test_a_client_that_hangs_up_does_not_end_the_fetch_for_others(self, site: Site, gate: Gate) -> None:
        first = asyncio.create_task(enter(gate, token(site, jti="1")))
        second = asyncio.create_task(enter(gate, token(site, jti="2")))
        await asyncio.sleep(0)
        first.cancel()
        assert isinstance(await second, Principal)
        assert site.key_source.fetches == 1

    async def test_expired_tokens_and_those_for_others_fetch_nothing(self, site: Site, gate: Gate) -> None:
        await enter(gate, token(site, exp=1))
        await enter(gate, token(site, aud="other"))
        assert site.key_source.fetches == 0

    async def test_an_issuer_that_cannot_be_reached_is_our_failure_and_not_the_clients(
        self, site: Site, gate: Gate
    ) -> None:
        site.key_source.document = Unavailable("Down.")
        for _ in range(3):
            assert isinstance(await enter(gate, token(site)), Unavailable)
        assert (site.key_source.fetches, site.throttle.failed) == (1, 0)
        publish(site, RSA)
        site.clock.advance(seconds=30)
        assert isinstance(await enter(gate, token(site)), Principal)

    async def test_keys_that_are_known_outlive_a_failure_of_the_issuer_for_an_hour(
        self, site: Site, gate: Gate
    ) -> None:
        await enter(gate, token(site))
        site.key_source.document = Unavailable("Down.")
        site.clock.advance(minutes=59)
        assert isinstance(await enter(gate, token(site)), Principal)
        site.clock.advance(minutes=1)
        assert isinstance(await enter(gate, token(site)), Unavailable)

    @pytest.mark.parametrize("document", [b"", b"<html>", b"[]", b"{}", b'{"keys": 1}', b"\xff"])
    async def test_what_is_no_key_set_is_the_issuers_failure(self, site: Site, gate: Gate, document: bytes) -> None:
        site.key_source.document = document
        assert isinstance(await enter(gate, token(site)), Unavailable)

    async def test_keys_that_cannot_be_read_are_passed_over(self, site: Site, gate: Gate) -> None:
        good = RSA.as_dict(private=False)
        bad = [
            {"kty": "RSA"},
            {"kty": "EC", "crv": "P-0"},
            {"kty": "OKP", "x": 1},
            {"kty": "new"},
            {"kty": ["RSA"]},
            {},
            "x",
            good | {"n": "?"},
        ]
        site.key_source.document = orjson.dumps({"keys": [*bad, good]})
        assert isinstance(await enter(gate, token(site)), Principal)

    async def test_a_token_without_key_id_is_taken_if_only_one_key_fits(self, site: Site, gate: Gate) -> None:
        value = token(site, header={"kid": None})
        assert isinstance(await enter(gate, value), Principal)
        publish(site, RSA, RSAKey.import_key(PEMS[1], {"kid": "second"}))
        site.clock.advance(minutes=10)
        assert isinstance(await enter(gate, token(site, header={"kid": None})), Unauthenticated)


class TestKeycloakBehind:
    """The Keycloak that a realm is written through to: its tokens are taken as its own Admin API takes them."""

    async def test_a_token_with_a_role_of_its_realm_management_is_taken(self, site: Site) -> None:
        publish(site, RSA)
        gate = await site.open({"keycloak": {"url": ISSUER}})
        principal = await enter(gate, token(site, aud=["realm-management", "account"]))
        assert principal == Principal("provisioner", "provisioner", frozenset({"view-users"}))

    async def test_one_without_is_told_what_is_missing(self, site: Site) -> None:
        publish(site, RSA)
        gate = await site.open({"keycloak": {"url": ISSUER}})
        refusal = await enter(gate, token(site, aud="account", resource_access=None))
        assert str(refusal) == ("The token has no role of the client realm-management: give its service account one.")
