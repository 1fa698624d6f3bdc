"""The realms that a server answers for, with and without a Keycloak behind them that can be reached."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scimbridge.config import Settings
from scimbridge.directory.ports import Actor
from scimbridge.directory.service import Call
from scimbridge.scim.errors import ScimError, Unavailable
from scimbridge.web.ports import Served
from scimbridge.wiring import Instance
from scimbridge.wiring.realms import LiveRealms

# Nobody listens there.
URL = "http://127.0.0.1:1/realms/acme"
BRIDGED: dict[str, Any] = {"keycloak": {"url": URL, "clientId": "scimbridge", "clientSecret": "hush"}}
ADMIN = "cli:ada"
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ada@example.test",
    "password": "Correct-horse1",
}


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    async with Instance.open(Settings(database=tmp_path / "scimbridge.db", hash_threads=1)) as instance:
        yield instance


@pytest.fixture
async def realms(instance: Instance) -> AsyncIterator[LiveRealms]:
    realms = LiveRealms(instance)
    yield realms
    await realms.close()


async def create_user(served: Served) -> ScimError | None:
    """Makes a user; gives the refusal in place of raising it."""
    call = Call("https://id.example.test/realms/acme/scim/v2", Actor("okta"))
    try:
        await served.service.create(served.service.types.by_name["User"], USER, call)
    except ScimError as error:
        return error
    return None


def find(realms: LiveRealms, name: str) -> Served:
    served = realms.find(name)
    assert served is not None
    return served


async def test_a_keycloak_that_cannot_be_reached_stops_its_own_realm_only(
    instance: Instance, realms: LiveRealms
) -> None:
    await instance.administration.realms.create("acme", BRIDGED, actor=ADMIN)
    await instance.administration.realms.create("alone", {}, actor=ADMIN)
    refusal = await create_user(find(realms, "acme"))
    assert isinstance(refusal, Unavailable)
    assert int(refusal.headers["Retry-After"]) > 0
    assert await create_user(find(realms, "alone")) is None
    assert realms.find("nobody") is None


async def test_a_realm_is_as_it_was_until_it_is_changed(instance: Instance, realms: LiveRealms) -> None:
    administration = instance.administration.realms
    await administration.create("acme", BRIDGED, actor=ADMIN)
    first = find(realms, "acme")
    await administration.create("other", {}, actor=ADMIN)
    assert find(realms, "acme") is first
    await administration.change("acme", {"keycloak": {"clientSecret": "hush again"}}, actor=ADMIN)
    second = find(realms, "acme")
    assert second is not first
    await administration.change("acme", {"keycloak": {"freshness": 1}}, actor=ADMIN)
    third = find(realms, "acme")
    assert (third is second, third.realm.keycloak and third.realm.keycloak.freshness) == (False, 1)
    await administration.change("acme", {"keycloak": None}, actor=ADMIN)
    assert await create_user(find(realms, "acme")) is None


async def test_a_realm_that_was_deleted_is_gone(instance: Instance, realms: LiveRealms) -> None:
    await instance.administration.realms.create("acme", BRIDGED, actor=ADMIN)
    find(realms, "acme")
    await instance.administration.realms.delete("acme", actor=ADMIN)
    assert realms.find("acme") is None


async def test_without_its_key_a_realm_says_so_and_recovers(instance: Instance) -> None:
    await instance.administration.realms.create("acme", BRIDGED, actor=ADMIN)
    key = instance.settings.database.with_name("scimbridge.db.key")
    aside = key.rename(key.with_name("aside"))
    async with Instance.open(instance.settings) as other:
        fresh = LiveRealms(other)
        with pytest.raises(Unavailable, match=r"The seal's key file .* cannot be read"):
            fresh.find("acme")
        aside.rename(key)
        assert find(fresh, "acme").realm.name == "acme"
        await fresh.close()


async def test_a_ca_file_that_is_gone_is_named(instance: Instance, realms: LiveRealms, tmp_path: Path) -> None:
    keycloak = BRIDGED["keycloak"] | {"caFile": str(tmp_path / "ca.pem")}
    await instance.administration.realms.create("acme", {"keycloak": keycloak}, actor=ADMIN)
    with pytest.raises(Unavailable, match=r"The CA file .*ca\.pem cannot be used"):
        realms.find("acme")


async def test_without_a_client_of_keycloaks_the_callers_token_is_needed(
    instance: Instance, realms: LiveRealms
) -> None:
    await instance.administration.realms.create("acme", {"keycloak": {"url": URL}}, actor=ADMIN)
    refusal = await create_user(find(realms, "acme"))
    assert refusal is not None
    assert "token" in refusal.detail


async def test_a_command_reaches_the_keycloak_too(instance: Instance) -> None:
    realm = await instance.administration.realms.create("acme", BRIDGED, actor=ADMIN)
    service = instance.service(realm)
    served = Served(realm, service, None, None)  # type: ignore[arg-type]  # a command lets nobody in
    assert isinstance(await create_user(served), Unavailable)
