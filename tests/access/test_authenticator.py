"""The Authorization header in every form that clients send."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimbridge.access.authenticator import MOST_KNOWN
from scimbridge.access.gate import Gate
from scimbridge.access.policy import USER_ROLES
from scimbridge.access.principal import Principal
from scimbridge.scim.errors import NotFound, ScimError, Unauthenticated

from .site import ACTOR, ADDRESS, ISSUER, Site, access_token, basic, enter

OKTA = Principal("okta", "okta", frozenset(USER_ROLES))
SERVICE = Principal("service-account-scim-client", "scim-client", frozenset({"manage-users"}))


@pytest.mark.parametrize(
    "header",
    ["Bearer {}", "bearer {}", "BEARER   {}", "{}", "  {}  ", "Token {}", "basic"],
    ids=["as RFC 6750 has it", "in lower case", "with blanks", "bare", "bare with blanks", "another word", "Basic"],
)
async def test_a_static_token_is_taken(site: Site, header: str) -> None:
    gate = await site.open()
    value = await site.token()
    authorization = basic("okta", value) if header == "basic" else header.format(value)
    assert await enter(gate, authorization) == OKTA
    assert gate.authenticator.recall(authorization) == OKTA


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "{}", "OAuth {}"])
async def test_an_access_token_is_taken(site: Site, header: str) -> None:
    gate = await site.open()
    token = await access_token(gate, await site.client())
    assert await enter(gate, header.format(token)) == SERVICE
    assert gate.authenticator.recall(header.format(token)) == SERVICE


async def test_a_client_may_use_its_secret_with_basic(site: Site) -> None:
    gate = await site.open()
    secret = await site.client()
    assert await enter(gate, basic("scim-client", secret)) == SERVICE


async def test_a_client_id_may_be_form_urlencoded_in_basic(site: Site) -> None:
    gate = await site.open()
    secret = await site.client("https://okta/app")
    for name in ("https://okta/app", "https%3A%2F%2Fokta%2Fapp"):
        principal = await enter(gate, basic(name.replace(":", "%3A"), secret))
        assert isinstance(principal, Principal)
        assert principal.client == "https://okta/app"


REFUSED = {
    "an unknown token": "Bearer sb_unknown",
    "no token": "Bearer",
    "not a token": "Bearer abc",
    "half a JWT": "Bearer abc.def.ghi",
    "a JWT without signature": "Bearer eyJhbGciOiJub25lIn0.eyJhenAiOiJzY2ltLWNsaWVudCJ9.",
    "Basic that is no base64": "Basic %%%",
    "Basic without a colon": "Basic YWJj",
    "an unknown client": basic("nobody", "secret"),
    "a wrong secret": basic("scim-client", "secret"),
    "an empty secret": basic("scim-client", ""),
    "not ASCII": "Bearer é.é.é",
    "a lone surrogate": "Bearer \ud800",
    "very long": "Bearer " + "a" * 20_000 + ".b.c",
}


@pytest.mark.parametrize("authorization", REFUSED.values(), ids=REFUSED)
async def test_what_is_no_credential_is_refused_and_says_how_to_sign_in(site: Site, authorization: str) -> None:
    gate = await site.open()
    await site.client()
    refusal = await enter(gate, authorization)
    assert isinstance(refusal, Unauthenticated)
    challenge = refusal.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="acme", error="invalid_token", error_description="')
    assert challenge.endswith('", Basic realm="acme"')
    assert site.throttle.failed == 1


@pytest.mark.parametrize("authorization", [None, "", "  "])
async def test_without_a_credential_the_challenge_has_no_error_code(site: Site, authorization: str | None) -> None:
    refusal = await enter(await site.open(), authorization)
    assert isinstance(refusal, Unauthenticated)
    assert refusal.headers["WWW-Authenticate"] == 'Bearer realm="acme", Basic realm="acme"'
    assert site.throttle.failed == 0


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "Bearer ", "Basic ", "Bearer eyJhbGciOiJSUzI1NiJ9."]))
def test_no_header_whatever_raises_anything_but_a_refusal(text: str, scheme: str) -> None:
    async def attempt() -> Principal | ScimError:
        return await enter(await Site().open(), scheme + text)

    assert isinstance(asyncio.run(attempt()), Unauthenticated)


async def test_a_refusal_never_repeats_the_credential(site: Site) -> None:
    gate = await site.open()
    for authorization in ("Bearer sb_hush", "hush.hush.hush", basic("scim-client", "hush")):
        refusal = await enter(gate, authorization)
        assert isinstance(refusal, Unauthenticated)
        assert "hush" not in repr((refusal, refusal.headers, refusal.message()))


class TestTheEndOfACredential:
    async def test_a_static_token_ends_when_it_expires(self, site: Site) -> None:
        gate = await site.open()
        value = await site.token(lifetime=timedelta(hours=1))
        site.clock.advance(seconds=3599)
        assert await enter(gate, value) == OKTA
        site.clock.advance(seconds=1)
        assert str(await enter(gate, value)) == "The token has expired, or was replaced by a newer one."

    async def test_an_access_token_ends_when_it_expires_and_clocks_may_differ(self, site: Site) -> None:
        gate = await site.open({"tokenLifetime": 60})
        token = await access_token(gate, await site.client())
        assert await enter(gate, token) == SERVICE
        site.clock.advance(seconds=89)
        assert await enter(gate, token) == SERVICE
        site.clock.advance(seconds=1)
        assert str(await enter(gate, token)) == "The token has expired; get a new one."

    async def test_a_rotated_token_overlaps_with_its_successor(self, site: Site) -> None:
        gate = await site.open()
        old = await site.token()
        tokens = site.administration.tokens("acme")
        new = (await tokens.rotate("okta", overlap=timedelta(hours=24), actor=ACTOR)).value
        assert (await enter(gate, old), await enter(gate, new)) == (OKTA, OKTA)
        site.clock.advance(hours=24)
        assert isinstance(await enter(gate, old), Unauthenticated)
        assert await enter(gate, new) == OKTA

    async def test_a_token_rotated_without_overlap_ends_at_once(self, site: Site) -> None:
        gate = await site.open()
        old = await site.token()
        assert await enter(gate, old) == OKTA
        await site.administration.tokens("acme").rotate("okta", actor=ACTOR)
        assert isinstance(await enter(gate, old), Unauthenticated)

    async def test_a_revoked_token_ends_at_once(self, site: Site) -> None:
        gate = await site.open()
        value = await site.token()
        assert await enter(gate, value) == OKTA
        await site.administration.tokens("acme").revoke("okta", actor=ACTOR)
        assert isinstance(await enter(gate, value), Unauthenticated)

    async def test_a_rotated_secret_overlaps_with_its_successor(self, site: Site) -> None:
        gate = await site.open()
        old = await site.client()
        clients = site.administration.clients("acme")
        new = (await clients.rotate("scim-client", overlap=timedelta(hours=24), actor=ACTOR)).secret
        for secret in (old, new):
            assert await enter(gate, basic("scim-client", secret)) == SERVICE
        site.clock.advance(hours=24)
        assert isinstance(await enter(gate, basic("scim-client", old)), Unauthenticated)
        assert await enter(gate, basic("scim-client", new)) == SERVICE

    @pytest.mark.parametrize("change", [{"enabled": False}, {"serviceAccount": False}])
    async def test_a_client_that_is_switched_off_takes_its_tokens_with_it(
        self, site: Site, change: dict[str, bool]
    ) -> None:
        gate = await site.open()
        secret = await site.client()
        token = await access_token(gate, secret)
        assert await enter(gate, token) == await enter(gate, basic("scim-client", secret)) == SERVICE
        await site.administration.clients("acme").change("scim-client", change, actor=ACTOR)
        assert isinstance(await enter(gate, token), Unauthenticated)
        assert isinstance(await enter(gate, basic("scim-client", secret)), Unauthenticated)

    async def test_a_deleted_client_takes_its_tokens_with_it_even_if_there_is_a_new_one(self, site: Site) -> None:
        gate = await site.open()
        token = await access_token(gate, await site.client())
        await site.administration.clients("acme").delete("scim-client", actor=ACTOR)
        assert isinstance(await enter(gate, token), Unauthenticated)
        await site.client()
        assert isinstance(await enter(gate, token), Unauthenticated)

    async def test_a_role_that_is_taken_away_is_gone_at_once_and_one_that_is_given_needs_a_new_token(
        self, site: Site
    ) -> None:
        gate = await site.open()
        secret = await site.client(roles=["view-users", "manage-users"])
        token = await access_token(gate, secret)
        roles = ["view-users", "view-realm"]
        await site.administration.clients("acme").change("scim-client", {"roles": roles}, actor=ACTOR)
        old, new = await enter(gate, token), await enter(gate, await access_token(gate, secret))
        assert isinstance(old, Principal)
        assert isinstance(new, Principal)
        assert (old.roles, new.roles) == (frozenset({"view-users"}), frozenset(roles))

    async def test_nothing_is_good_in_a_realm_that_was_deleted(self, site: Site) -> None:
        gate = await site.open()
        secret, value = await site.client(), await site.token()
        headers = [await access_token(gate, secret), value, basic("scim-client", secret)]
        for header in headers:
            assert isinstance(await enter(gate, header), Principal)
        await site.administration.realms.delete("acme", actor=ACTOR)
        for header in headers:
            assert isinstance(await enter(gate, header), Unauthenticated)
        with pytest.raises(NotFound):
            site.administration.tokens("acme")


class TestOtherRealms:
    async def test_credentials_of_one_realm_are_not_good_in_another(self, site: Site) -> None:
        acme = await site.open()
        secret, value = await site.client(), await site.token()
        token = await access_token(acme, secret)
        await site.administration.realms.create("beta", {}, actor=ACTOR)
        beta = site.gate("beta")
        await site.administration.clients("beta").create("scim-client", roles=["manage-users"], actor=ACTOR)
        for header in (value, token, basic("scim-client", secret), basic("okta", value)):
            assert isinstance(await enter(acme, header), Principal)
            assert isinstance(await enter(beta, header), Unauthenticated)

    async def test_a_realm_that_was_renamed_does_not_take_tokens_issued_under_its_old_name(self, site: Site) -> None:
        gate = await site.open()
        secret = await site.client()
        token = await access_token(gate, secret)
        await site.administration.realms.change("acme", {"name": "acme2"}, actor=ACTOR)
        renamed = site.gate("acme2")
        assert str(await enter(renamed, token)) == "The token was not issued for this realm."
        reply = await renamed.tokens.token(
            basic("scim-client", secret), b"grant_type=client_credentials", f"{ISSUER}2", ADDRESS
        )
        assert await enter(renamed, reply.body["access_token"]) == SERVICE


class TestUsers:
    async def test_a_users_token_has_no_role_and_names_the_user(self, site: Site) -> None:
        gate = await site.open()
        site.accounts.add("ada")
        token = await _user_token(site, gate)
        expected = Principal("ada", "scim-client", frozenset(), user="id-ada")
        assert await enter(gate, token) == expected

    async def test_a_user_that_is_deactivated_or_deleted_is_out_at_once(self, site: Site) -> None:
        gate = await site.open()
        site.accounts.add("ada")
        token = await _user_token(site, gate)
        assert isinstance(await enter(gate, token), Principal)
        site.accounts.add("ada", active=False)
        assert isinstance(await enter(gate, token), Unauthenticated)
        del site.accounts.accounts["ada"]
        assert isinstance(await enter(gate, token), Unauthenticated)


class TestLastUse:
    async def test_a_use_is_noted_at_most_once_a_minute(self, site: Site) -> None:
        gate = await site.open()
        value = await site.token()
        started = site.clock()
        for _ in range(3):
            await enter(gate, value)
            site.clock.advance(seconds=29)
        await gate.authenticator.close()
        assert site.administration.tokens("acme").list()[0].last_used == started
        site.clock.advance(seconds=2)
        noted = site.clock()
        assert gate.authenticator.recall(value) == OKTA
        await gate.authenticator.close()
        assert site.administration.tokens("acme").list()[0].last_used == noted

    async def test_a_server_that_starts_again_does_not_note_a_use_again(self, site: Site) -> None:
        gate = await site.open()
        value = await site.token()
        await enter(gate, value)
        await gate.authenticator.close()
        started = site.clock()
        site.clock.advance(seconds=30)
        again = site.gate()
        await enter(again, value)
        await again.authenticator.close()
        assert site.administration.tokens("acme").list()[0].last_used == started


class TestThrottling:
    async def test_failures_of_others_never_slow_a_good_credential(self, site: Site) -> None:
        gate = await site.open()
        value = await site.token()
        for _ in range(100):
            await enter(gate, "Bearer sb_wrong")
        slept = list(site.slept)
        assert await enter(gate, basic("okta", value)) == OKTA
        assert await enter(gate, value) == OKTA
        assert site.slept == slept


async def test_memory_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scimbridge.access.authenticator.MOST_KNOWN", 3)
    assert MOST_KNOWN > 1000
    gate = await site.open()
    value = await site.token()
    headers = [f"Bearer{' ' * blanks}{value}" for blanks in range(1, 6)]
    for header in headers:
        await enter(gate, header)
    assert [gate.authenticator.recall(header) for header in headers] == [None, None, OKTA, OKTA, OKTA]


async def _user_token(site: Site, gate: Gate) -> str:
    secret = await site.client(grants=["password"])
    return await access_token(gate, secret, grant_type="password", username="ada", password="correct horse")
