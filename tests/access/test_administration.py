"""What the command line and the admin API do."""

from datetime import timedelta

import pytest

from scimbridge.access.policy import USER_ROLES
from scimbridge.access.ports import SERVER
from scimbridge.access.principal import Principal
from scimbridge.access.realm import Realm
from scimbridge.scim.errors import InvalidValue, NotFound, ScimError, Unauthenticated, Uniqueness

from .site import ACTOR, PEMS, Site


class TestRealms:
    async def test_a_new_realm_has_its_settings_and_a_signing_key(self, site: Site) -> None:
        realm = await site.administration.realms.create("acme", {"passwordPolicy": "ignore"}, actor=ACTOR)
        assert realm == site.administration.realms.get("acme") == Realm("id-1", "acme", password_policy="ignore")
        assert len(site.administration.keys("acme").list()) == 1

    async def test_a_realm_is_changed_listed_and_deleted(self, site: Site) -> None:
        realms = site.administration.realms
        await realms.create("beta", {}, actor=ACTOR)
        await realms.create("acme", {}, actor=ACTOR)
        changed = await realms.change("beta", {"scimApi": False, "name": "gamma"}, actor=ACTOR)
        assert (changed.name, changed.scim_api) == ("gamma", False)
        assert [realm.name for realm in realms.list()] == ["acme", "gamma"]
        await realms.delete("gamma", actor=ACTOR)
        assert [realm.name for realm in realms.list()] == ["acme"]

    async def test_refusals_name_the_realm(self, site: Site) -> None:
        realms = site.administration.realms
        await realms.create("acme", {}, actor=ACTOR)
        await realms.create("beta", {}, actor=ACTOR)
        refusals: list[tuple[type[ScimError], str]] = []
        for attempt in (
            realms.create("acme", {}, actor=ACTOR),
            realms.create("a/b", {}, actor=ACTOR),
            realms.create("gamma", {"id": "mine"}, actor=ACTOR),
            realms.change("beta", {"name": "acme"}, actor=ACTOR),
            realms.change("nowhere", {}, actor=ACTOR),
            realms.delete("nowhere", actor=ACTOR),
        ):
            with pytest.raises(ScimError) as refusal:
                await attempt
            refusals.append((type(refusal.value), refusal.value.detail[:30]))
        assert refusals == [
            (Uniqueness, 'There is a realm "acme" already'[:30]),
            (InvalidValue, 'Setting "name" must be 1 to 64 letters'[:30]),
            (InvalidValue, "The settings of a new realm must not"[:30]),
            (Uniqueness, 'There is a realm "acme" already'[:30]),
            (NotFound, 'There is no realm "nowhere".'),
            (NotFound, 'There is no realm "nowhere".'),
        ]
        for factory in (site.administration.clients, site.administration.tokens, site.administration.keys):
            with pytest.raises(NotFound):
                factory("nowhere")


class TestClients:
    @pytest.mark.parametrize("client_id", ["", " ", "a b", "é", "x" * 256, "a\n"])
    async def test_a_client_id_is_printable_ascii(self, site: Site, client_id: str) -> None:
        await site.open()
        with pytest.raises(InvalidValue, match="cannot be a client id"):
            await site.client(client_id)

    @pytest.mark.parametrize(
        ("settings", "detail"),
        [
            ({"roles": ["root"]}, 'Setting "roles" of a client: "root" is no role'),
            ({"roles": "view-users"}, 'Setting "roles" of a client: A list of strings is needed.'),
            ({"grants": ["implicit"]}, 'Setting "grants" of a client: "implicit" is no grant'),
            ({"grants": [1]}, 'Setting "grants" of a client: A list of strings is needed.'),
            ({"enabled": "no"}, 'Setting "enabled" of a client: True or false is needed.'),
            ({"description": 1}, 'Setting "description" of a client: A string is needed.'),
            ({"secret": "mine"}, 'A client has no setting "secret" to change; there are: roles, grants,'),
        ],
    )
    async def test_a_wrong_setting_is_refused_by_name_and_nothing_is_changed(
        self, site: Site, settings: dict[str, object], detail: str
    ) -> None:
        await site.open()
        await site.client()
        clients = site.administration.clients("acme")
        before = clients.get("scim-client")
        with pytest.raises(InvalidValue) as refusal:
            await clients.change("scim-client", {"description": "x"} | settings, actor=ACTOR)
        assert refusal.value.detail.startswith(detail)
        assert clients.get("scim-client") == before

    async def test_a_change_sets_what_it_names(self, site: Site) -> None:
        await site.open()
        await site.client()
        settings = {"roles": ["view-users", "manage-users"], "grants": ["password"], "description": "Okta"}
        client = await site.administration.clients("acme").change("scim-client", settings, actor=ACTOR)
        assert (client.roles, client.grants, client.description, client.enabled) == (
            ("manage-users", "view-users"),
            ("password",),
            "Okta",
            True,
        )

    async def test_refusals_name_the_client(self, site: Site) -> None:
        await site.open()
        await site.client()
        clients = site.administration.clients("acme")
        with pytest.raises(Uniqueness, match='There is a client "scim-client" in realm "acme" already'):
            await site.client()
        with pytest.raises(NotFound, match='There is no client "x" in realm "acme"'):
            clients.get("x")
        with pytest.raises(NotFound):
            await clients.change("x", {}, actor=ACTOR)
        with pytest.raises(NotFound):
            await clients.rotate("x", actor=ACTOR)
        with pytest.raises(NotFound):
            await clients.delete("x", actor=ACTOR)


class TestTokens:
    async def test_a_new_token_is_long_marked_and_has_all_the_roles_of_a_provisioner(self, site: Site) -> None:
        await site.open()
        issued = await site.administration.tokens("acme").create("okta", actor=ACTOR)
        assert issued.value.startswith("sb_")
        assert len(issued.value) == 46
        assert set(issued.token.roles) == set(USER_ROLES)

    async def test_refusals_name_the_token(self, site: Site) -> None:
        await site.open()
        tokens = site.administration.tokens("acme")
        await tokens.create("okta", actor=ACTOR)
        with pytest.raises(Uniqueness, match='There is a token "okta" already; rotate it, or revoke it first'):
            await tokens.create("okta", actor=ACTOR)
        with pytest.raises(InvalidValue, match='"a:b" cannot name a token'):
            await tokens.create("a:b", actor=ACTOR)
        with pytest.raises(InvalidValue, match='"root" is no role'):
            await tokens.create("entra", roles=["root"], actor=ACTOR)
        with pytest.raises(NotFound, match='There is no token "x" in realm "acme"'):
            await tokens.rotate("x", actor=ACTOR)
        with pytest.raises(NotFound):
            await tokens.revoke("x", actor=ACTOR)

    @pytest.mark.parametrize(
        ("first", "second", "lives"),
        [
            (None, None, None),
            (timedelta(days=30), None, timedelta(days=30)),
            (timedelta(days=30), timedelta(days=7), timedelta(days=7)),
            (None, timedelta(days=7), timedelta(days=7)),
        ],
    )
    async def test_a_rotated_token_lives_as_long_as_before_unless_told(
        self, site: Site, first: timedelta | None, second: timedelta | None, lives: timedelta | None
    ) -> None:
        await site.open()
        tokens = site.administration.tokens("acme")
        await tokens.create("okta", lifetime=first, actor=ACTOR)
        rotated = (await tokens.rotate("okta", lifetime=second, overlap=timedelta(hours=1), actor=ACTOR)).token
        latest = max(rotated.secrets, key=lambda secret: secret.created)
        assert (latest.expires and latest.expires - latest.created) == lives


class TestAdminTokens:
    async def test_an_admin_token_opens_the_admin_api_until_it_is_revoked(self, site: Site) -> None:
        administration = site.administration
        value = (await administration.admin_tokens.create("console", actor=ACTOR)).value
        assert await administration.admin_principal(f"Bearer {value}") == Principal(
            "admin:console", "console", frozenset({"admin"})
        )
        await administration.admin_tokens.revoke("console", actor=ACTOR)
        with pytest.raises(Unauthenticated):
            await administration.admin_principal(f"Bearer {value}")

    async def test_its_use_is_noted_at_most_once_a_minute(self, site: Site) -> None:
        value = (await site.administration.admin_tokens.create("console", actor=ACTOR)).value
        started = site.clock()
        for _ in range(3):
            await site.administration.admin_principal(f"Bearer {value}")
            site.clock.advance(seconds=20)
        assert site.administration.admin_tokens.list()[0].last_used == started
        await site.administration.admin_principal(f"Bearer {value}")
        assert site.administration.admin_tokens.list()[0].last_used == site.clock()

    async def test_it_may_expire(self, site: Site) -> None:
        issued = await site.administration.admin_tokens.create("console", lifetime=timedelta(hours=1), actor=ACTOR)
        site.clock.advance(hours=1)
        with pytest.raises(Unauthenticated):
            await site.administration.admin_principal(f"Bearer {issued.value}")

    async def test_a_realms_token_is_no_admin_token_nor_the_other_way_round(self, site: Site) -> None:
        gate = await site.open()
        value = await site.token()
        for authorization in (f"Bearer {value}", value, "", None, "Bearer", "Basic x"):
            with pytest.raises(Unauthenticated) as refusal:
                await site.administration.admin_principal(authorization)
            assert refusal.value.headers == {"WWW-Authenticate": 'Bearer realm="admin"'}
        admin = (await site.administration.admin_tokens.create("console", actor=ACTOR)).value
        with pytest.raises(Unauthenticated):
            await gate.authenticator.authenticate(f"Bearer {admin}", "192.0.2.1")


async def test_every_change_is_recorded_with_who_made_it_and_no_secret(site: Site) -> None:
    administration = site.administration
    await administration.realms.create("acme", {"tokenLifetime": 60}, actor=ACTOR)
    await administration.realms.change("acme", {"scimApi": False}, actor="admin:console")
    clients, tokens = administration.clients("acme"), administration.tokens("acme")
    secrets = [(await clients.create("app", roles=["view-users"], actor=ACTOR)).secret]
    await clients.change("app", {"enabled": False}, actor=ACTOR)
    secrets.append((await clients.rotate("app", overlap=timedelta(hours=24), actor=ACTOR)).secret)
    await clients.delete("app", actor=ACTOR)
    secrets.append((await tokens.create("okta", roles=["view-users"], actor=ACTOR)).value)
    secrets.append((await tokens.rotate("okta", actor=ACTOR)).value)
    await tokens.revoke("okta", actor=ACTOR)
    await administration.keys("acme").rotate(actor=ACTOR)
    secrets.append((await administration.admin_tokens.create("console", actor=ACTOR)).value)
    await administration.realms.delete("acme", actor=ACTOR)
    events = administration.events()
    assert [(event.operation, event.subject, event.realm, event.detail) for event in events] == [
        ("realm.create", "acme", "acme", {"tokenLifetime": 60}),
        ("key.rotate", "id-2", "acme", {}),
        ("realm.change", "acme", "acme", {"scimApi": False}),
        ("client.create", "app", "acme", {"roles": ["view-users"]}),
        ("client.change", "app", "acme", {"enabled": False}),
        ("client.rotate", "app", "acme", {"overlap": 86_400}),
        ("client.delete", "app", "acme", {}),
        ("token.create", "okta", "acme", {"roles": ["view-users"]}),
        ("token.rotate", "okta", "acme", {"overlap": 0}),
        ("token.revoke", "okta", "acme", {}),
        ("key.rotate", "id-4", "acme", {}),
        ("token.create", "console", "", {"roles": []}),
        ("realm.delete", "acme", "acme", {}),
    ]
    assert events[2].actor == "admin:console"
    assert not any(secret in repr(events) for secret in (*secrets, *PEMS))


async def test_nothing_that_is_stored_is_a_secret(site: Site) -> None:
    await site.open()
    secret, value = await site.client(), await site.token()
    access = site.store.access("id-1")
    stored = repr((access.clients(), access.tokens(), access.keys(), site.store.access(SERVER).tokens()))
    assert not any(text in stored for text in (secret, value, *PEMS))
    issued = await site.administration.clients("acme").rotate("scim-client", actor=ACTOR)
    assert issued.secret not in repr(issued)
