"""The OAuth2 endpoints of a realm."""

import asyncio
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from scimbridge.access.gate import Gate
from scimbridge.access.oauth import Reply
from scimbridge.scim.errors import Unavailable

from .site import ACTOR, ADDRESS, ISSUER, FakeRelay, Site, access_token, basic, form, grant

CREDENTIALS = form(grant_type="client_credentials")


@pytest.fixture
async def gate(site: Site) -> Gate:
    return await site.open()


def claims_of(gate: Gate, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(gate.tokens.jwks())  # type: ignore[arg-type]  # a JWKS, from the other end
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    assert decoded.header["typ"] == "JWT"
    return dict(decoded.claims)


class TestClientCredentials:
    async def test_the_answer_looks_as_keycloaks_does(self, site: Site, gate: Gate) -> None:
        reply = await grant(gate, await site.client())
        assert reply.status == 200
        assert reply.headers["Cache-Control"] == "no-store"
        assert {name: value for name, value in reply.body.items() if name != "access_token"} == {
            "expires_in": 300,
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "profile email",
        }

    async def test_the_token_looks_as_keycloaks_does_and_verifies_with_the_published_keys(
        self, site: Site, gate: Gate
    ) -> None:
        roles = ["manage-users", "view-users", "query-users", "query-groups", "view-realm"]
        claims = claims_of(gate, await access_token(gate, await site.client("SCIM-client", roles=roles), "SCIM-client"))
        now = int(site.clock().timestamp())
        assert claims.pop("jti").startswith("id-")
        assert claims.pop("sub").startswith("id-")
        assert claims == {
            "exp": now + 300,
            "iat": now,
            "iss": ISSUER,
            "aud": [f"{ISSUER}/scim/v2", "realm-management"],
            "typ": "Bearer",
            "azp": "SCIM-client",
            "acr": "1",
            "scope": "profile email",
            "preferred_username": "service-account-scim-client",
            "client_id": "SCIM-client",
            "clientId": "SCIM-client",
            "realm_access": {"roles": []},
            "resource_access": {"realm-management": {"roles": roles}},
        }

    async def test_the_lifetime_is_the_realms(self, site: Site) -> None:
        gate = await site.open({"tokenLifetime": 60})
        assert (await grant(gate, await site.client())).body["expires_in"] == 60

    async def test_the_secret_may_stand_in_the_form(self, site: Site, gate: Gate) -> None:
        body = form(grant_type="client_credentials", client_id="scim-client", client_secret=await site.client())
        assert (await gate.tokens.token(None, body, ISSUER, ADDRESS)).status == 200

    async def test_client_id_and_secret_may_be_form_urlencoded_in_basic(self, site: Site, gate: Gate) -> None:
        secret = await site.client("a/b+c")
        for name in ("a/b+c", "a%2Fb%2Bc"):
            reply = await gate.tokens.token(basic(name, secret), CREDENTIALS, ISSUER, ADDRESS)
            assert reply.status == 200

    async def test_a_scope_that_is_asked_for_does_not_matter(self, site: Site, gate: Gate) -> None:
        reply = await grant(gate, await site.client(), scope="scim offline_access")
        assert reply.body["scope"] == "profile email"

    async def test_the_answer_does_not_show_in_a_log(self, site: Site, gate: Gate) -> None:
        reply = await grant(gate, await site.client())
        assert reply.body["access_token"] not in repr(reply)


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "error", "description"),
        [
            (b"", "invalid_request", 'The parameter "grant_type" is missing.'),
            (b"grant_type=", "invalid_request", 'The parameter "grant_type" is missing.'),
            (
                b"grant_type=authorization_code",
                "unsupported_grant_type",
                "Served are: client_credentials, password.",
            ),
            (
                b"grant_type=password&username=a&password=b",
                "unauthorized_client",
                'The client is not allowed the grant "password".',
            ),
            (
                b"grant_type=client_credentials&grant_type=client_credentials",
                "invalid_request",
                "A parameter is there more than once.",
            ),
            (
                b"grant_type=client_credentials&client_secret=x",
                "invalid_request",
                "Only one way to authenticate the client is allowed.",
            ),
            (b"\xff", "invalid_request", "The body is not application/x-www-form-urlencoded."),
            (b"grant_type=%ff", "invalid_request", "The body is not application/x-www-form-urlencoded."),
            (b"a=b&" * 100, "invalid_request", "The body is not application/x-www-form-urlencoded."),
        ],
    )
    async def test_a_wrong_request_is_told_what_is_wrong(
        self, site: Site, gate: Gate, body: bytes, error: str, description: str
    ) -> None:
        reply = await gate.tokens.token(basic("scim-client", await site.client()), body, ISSUER, ADDRESS)
        assert (reply.status, reply.body["error"], reply.body["error_description"]) == (400, error, description)
        assert reply.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("authorization", "body"),
        [
            (None, CREDENTIALS),
            (None, CREDENTIALS + b"&client_id=scim-client"),
            (None, CREDENTIALS + b"&client_id=scim-client&client_secret=wrong"),
            (basic("scim-client", "wrong"), CREDENTIALS),
            (basic("nobody", "wrong"), CREDENTIALS),
            ("Basic %%%", CREDENTIALS),
            ("Bearer sb_x", CREDENTIALS),
        ],
    )
    async def test_a_client_that_does_not_prove_itself_is_unknown(
        self, site: Site, gate: Gate, authorization: str | None, body: bytes
    ) -> None:
        await site.client()
        reply = await gate.tokens.token(authorization, body, ISSUER, ADDRESS)
        assert (reply.status, reply.body["error"]) == (401, "invalid_client")
        assert reply.headers["WWW-Authenticate"] == 'Basic realm="acme"'
        assert site.throttle.failed == 1

    async def test_a_disabled_client_gets_no_token(self, site: Site, gate: Gate) -> None:
        secret = await site.client(enabled=False)
        assert (await grant(gate, secret)).body["error"] == "invalid_client"

    async def test_a_client_without_service_account_gets_no_token_of_its_own(self, site: Site, gate: Gate) -> None:
        secret = await site.client(service_account=False)
        reply = await grant(gate, secret)
        assert (reply.status, reply.body["error"]) == (400, "unauthorized_client")

    async def test_a_client_that_fails_too_often_is_told_to_wait(self, site: Site, gate: Gate) -> None:
        secret = await site.client()
        replies = [await grant(gate, "wrong") for _ in range(70)]
        assert (replies[-1].status, replies[-1].headers["Retry-After"]) == (429, "60")
        assert max(site.slept) == 5
        assert (await grant(gate, secret)).status == 200, "the right secret is never refused"


class TestRelay:
    """A realm with a Keycloak behind it: what is asked with a client of that Keycloak's is handed on."""

    @pytest.fixture
    async def relay(self, site: Site) -> FakeRelay:
        site.relay = FakeRelay()
        return site.relay

    @pytest.mark.parametrize(
        ("authorization", "body"),
        [
            (basic("theirs", "s"), CREDENTIALS),
            (None, CREDENTIALS + b"&client_id=theirs&client_secret=s"),
            (None, b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=x"),
        ],
    )
    async def test_a_client_that_is_not_ours_is_asked_for_as_it_was_sent(
        self, site: Site, relay: FakeRelay, authorization: str | None, body: bytes
    ) -> None:
        gate = await site.open()
        reply = await gate.tokens.token(authorization, body, ISSUER, ADDRESS)
        assert (reply.status, reply.body) == (200, {"access_token": "theirs"})
        assert reply.headers["Cache-Control"] == "no-store"
        assert relay.asked == [(authorization, body)]

    async def test_our_own_clients_are_answered_here(self, site: Site, relay: FakeRelay) -> None:
        gate = await site.open()
        secret = await site.client()
        assert (await grant(gate, secret)).status == 200
        assert (await grant(gate, "wrong")).status == 401
        assert relay.asked == []

    @pytest.mark.parametrize(
        ("answer", "counted"),
        [
            ((401, {"error": "unauthorized_client"}), 1),
            ((400, {"error": "invalid_grant"}), 1),
            ((400, {"error": "invalid_scope"}), 0),
        ],
    )
    async def test_who_guesses_there_is_slowed_here(
        self, site: Site, relay: FakeRelay, answer: tuple[int, dict[str, Any]], counted: int
    ) -> None:
        relay.reply = answer
        gate = await site.open()
        reply = await grant(gate, "wrong", "theirs")
        assert (reply.status, reply.body) == answer
        assert site.throttle.failed == counted

    async def test_a_keycloak_that_does_not_answer_is_a_passing_failure(self, site: Site, relay: FakeRelay) -> None:
        relay.reply = Unavailable("Keycloak cannot be reached.", headers={"Retry-After": "5"})
        reply = await grant(await site.open(), "s", "theirs")
        assert (reply.status, reply.body["error"]) == (503, "temporarily_unavailable")
        assert reply.headers["Retry-After"] == "5"


class TestPasswordGrant:
    @pytest.fixture
    async def secret(self, site: Site, gate: Gate) -> str:  # noqa: ARG002 (the realm)
        site.accounts.add("ada")
        return await site.client(grants=["password"], service_account=False)

    async def ask(self, gate: Gate, secret: str, username: str = "ada", password: str = "correct horse") -> Reply:  # noqa: S107
        return await grant(gate, secret, grant_type="password", username=username, password=password)

    async def test_a_stored_password_is_proved(self, gate: Gate, secret: str) -> None:
        reply = await self.ask(gate, secret)
        claims = claims_of(gate, reply.body["access_token"])
        assert (claims["sub"], claims["preferred_username"], claims["azp"]) == ("id-ada", "ada", "scim-client")
        assert claims["aud"] == [f"{ISSUER}/scim/v2", "account"]
        assert "resource_access" not in claims

    async def test_a_wrong_password_and_an_unknown_user_cannot_be_told_apart(
        self, site: Site, gate: Gate, secret: str
    ) -> None:
        site.accounts.add("bob", password=None)
        replies = [
            await self.ask(gate, secret, password="wrong"),
            await self.ask(gate, secret, username="nobody"),
            await self.ask(gate, secret, username="bob"),
        ]
        assert replies[0] == replies[1] == replies[2]
        assert (replies[0].status, replies[0].body["error"]) == (400, "invalid_grant")
        assert len(site.accounts.verified) == 3, "each took the time of one hash"

    async def test_a_disabled_account_is_told_only_to_whoever_knows_the_password(
        self, site: Site, gate: Gate, secret: str
    ) -> None:
        site.accounts.add("ada", active=False)
        right, wrong = await self.ask(gate, secret), await self.ask(gate, secret, password="wrong")
        assert right.body == {"error": "invalid_grant", "error_description": "Account disabled."}
        assert wrong.body == {"error": "invalid_grant", "error_description": "Invalid user credentials."}

    @pytest.mark.parametrize("missing", ["username", "password"])
    async def test_user_name_and_password_are_both_needed(self, gate: Gate, secret: str, missing: str) -> None:
        parameters = {"grant_type": "password", "username": "ada", "password": "x"}
        del parameters[missing]
        reply = await grant(gate, secret, **parameters)
        assert reply.body["error_description"] == f'The parameter "{missing}" is missing.'

    async def test_a_user_name_is_locked_for_longer_after_each_failure(
        self, site: Site, gate: Gate, secret: str
    ) -> None:
        for _ in range(6):
            assert (await self.ask(gate, secret, password="wrong")).status == 400
        looked_at = len(site.accounts.verified)
        locked = await self.ask(gate, secret, username="ADA")
        assert (locked.status, locked.headers["Retry-After"]) == (429, "1")
        assert len(site.accounts.verified) == looked_at
        site.clock.advance(seconds=1)
        assert (await self.ask(gate, secret, password="wrong")).status == 400
        assert (await self.ask(gate, secret)).headers["Retry-After"] == "2"
        site.clock.advance(seconds=2)
        assert (await self.ask(gate, secret)).status == 200
        assert (await self.ask(gate, secret, password="wrong")).status == 400
        assert (await self.ask(gate, secret)).status == 200

    async def test_guesses_sent_all_at_once_gain_nothing(self, site: Site, gate: Gate, secret: str) -> None:
        replies = await asyncio.gather(*(self.ask(gate, secret, password=str(guess)) for guess in range(50)))
        assert sorted(reply.status for reply in replies) == [400] * 5 + [429] * 45
        assert len(site.accounts.verified) == 5

    async def test_other_users_are_not_locked(self, site: Site, gate: Gate, secret: str) -> None:
        site.accounts.add("bob")
        for _ in range(20):
            await self.ask(gate, secret, password="wrong")
        assert (await self.ask(gate, secret, username="bob")).status == 200


class TestIntrospection:
    async def ask(self, gate: Gate, secret: str, **parameters: str) -> Reply:
        return await gate.tokens.introspect(basic("scim-client", secret), form(**parameters), ADDRESS)

    async def test_a_good_token_is_active(self, site: Site, gate: Gate) -> None:
        secret = await site.client()
        token = await access_token(gate, secret)
        body = (await self.ask(gate, secret, token=token)).body
        assert body["active"] is True
        assert (body["client_id"], body["username"]) == ("scim-client", "service-account-scim-client")
        assert claims_of(gate, token).items() <= body.items()

    @pytest.mark.parametrize("token", ["sb_x", "abc", "a.b.c", "é"])
    async def test_anything_else_is_not(self, site: Site, gate: Gate, token: str) -> None:
        reply = await self.ask(gate, await site.client(), token=token)
        assert (reply.status, reply.body) == (200, {"active": False})

    async def test_an_expired_token_is_not(self, site: Site, gate: Gate) -> None:
        secret = await site.client()
        token = await access_token(gate, secret)
        site.clock.advance(hours=1)
        assert (await self.ask(gate, secret, token=token)).body == {"active": False}

    async def test_only_clients_may_ask(self, site: Site, gate: Gate) -> None:
        token = await access_token(gate, await site.client())
        reply = await self.ask(gate, "wrong", token=token)
        assert (reply.status, reply.body["error"]) == (401, "invalid_client")

    async def test_the_token_must_be_there(self, site: Site, gate: Gate) -> None:
        assert (await self.ask(gate, await site.client())).body["error"] == "invalid_request"


class TestKeys:
    async def test_private_parts_are_never_published(self, site: Site, gate: Gate) -> None:
        (key,) = gate.tokens.jwks()["keys"]
        assert key.keys() == {"kty", "n", "e", "kid", "use", "alg"}
        assert site.store.access("id-1").keys()[0].private_pem not in repr(site.store.access("id-1").keys())

    async def test_after_a_rotation_old_tokens_are_good_until_they_expire(self, site: Site, gate: Gate) -> None:
        secret = await site.client()
        old = await access_token(gate, secret)
        await site.administration.keys("acme").rotate(actor=ACTOR)
        new = await access_token(gate, secret)
        assert [key["kid"] for key in gate.tokens.jwks()["keys"]] == [_kid(new), _kid(old)]
        assert _kid(new) != _kid(old)
        ask = TestIntrospection().ask
        assert (await ask(gate, secret, token=old)).body["active"] is True
        assert (await ask(gate, secret, token=new)).body["active"] is True

    async def test_a_key_that_was_replaced_is_forgotten_when_its_last_token_has_expired(
        self, site: Site, gate: Gate
    ) -> None:
        secret = await site.client()
        old = await access_token(gate, secret)
        new = await site.administration.keys("acme").rotate(actor=ACTOR)
        site.clock.advance(days=1, minutes=5)
        assert [key["kid"] for key in gate.tokens.jwks()["keys"]] == [new.kid]
        assert (await TestIntrospection().ask(gate, secret, token=old)).body == {"active": False}

    async def test_a_key_is_replaced_when_it_is_90_days_old(self, site: Site, gate: Gate) -> None:
        secret = await site.client()
        first = _kid(await access_token(gate, secret))
        site.clock.advance(days=89)
        assert _kid(await access_token(gate, secret)) == first
        site.clock.advance(days=1)
        tokens = await asyncio.gather(*(access_token(gate, secret) for _ in range(3)))
        assert len({_kid(token) for token in tokens}) == 1, "requests at the same time agree on the new key"
        assert _kid(tokens[0]) != first
        assert [event.operation for event in site.administration.events("acme")].count("key.rotate") == 2


async def test_discovery_names_what_is_there(gate: Gate) -> None:
    assert gate.tokens.discovery(ISSUER) == {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/protocol/openid-connect/token",
        "introspection_endpoint": f"{ISSUER}/protocol/openid-connect/token/introspect",
        "jwks_uri": f"{ISSUER}/protocol/openid-connect/certs",
        "grant_types_supported": ["client_credentials", "password"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["profile", "email"],
    }


async def test_the_realms_own_page_shows_its_public_key(gate: Gate) -> None:
    summary = gate.tokens.summary(ISSUER)
    assert summary["public_key"].startswith("MIIB")
    assert summary["realm"] == "acme"


async def test_a_store_that_cannot_be_written_is_a_passing_failure(
    site: Site, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await site.client()

    async def fail(*_: object, **__: object) -> None:
        raise Unavailable("The database cannot be written.", headers={"Retry-After": "5"})

    monkeypatch.setattr("scimbridge.access.access_token.AccessTokens.make", fail)
    reply = await grant(gate, secret)
    assert (reply.status, reply.body["error"]) == (503, "temporarily_unavailable")
    assert reply.headers["Retry-After"] == "5"


def _kid(token: str) -> str:

    kid: str = jws.extract_compact(token.encode()).headers()["kid"]
    return kid
