"""Changes made in Keycloak behind our back: noticed at a read, and healed, accepted or ignored."""

from collections.abc import Callable

import pytest

from scimbridge.provisioning.errors import TargetRefused, TargetUnavailable
from scimbridge.scim.errors import Unavailable

from .conftest import Site, user
from .fake import Once, always


async def test_what_was_confirmed_a_moment_ago_is_read_without_a_call(site: Site) -> None:
    ada = await site.user("ada")
    before = len(site.keycloak.calls)
    site.later(59)
    await site.show(ada)
    assert len(site.keycloak.calls) == before
    site.later(2)
    await site.show(ada)
    await site.show(ada)
    assert site.keycloak.calls[before:] == ["get_account"]


async def test_with_freshness_0_every_read_asks(make_site: Callable[..., Site]) -> None:
    site = make_site(freshness=0)
    ada, crew = await site.user("ada"), await site.group("crew")
    before = len(site.keycloak.calls)
    for record in (ada, ada, crew):
        await site.show(record)
    assert site.keycloak.calls[before:] == ["get_account", "get_account", "get_group"]


async def test_who_is_gone_there_is_gone_here(site: Site) -> None:
    ada, crew = await site.user("ada"), await site.group("crew")
    site.keycloak.accounts_by_id.clear()
    site.keycloak.groups_by_id.clear()
    site.later(61)
    assert await site.show(ada) is None
    assert await site.show(crew) is None
    assert {entry.actor.principal for entry in await site.journal() if entry.operation == "delete"} == {"keycloak"}
    await site.require_agreement()


async def test_a_managed_user_is_made_again_what_the_identity_provider_wants(site: Site) -> None:
    ada = await site.user("ada", title="Boss")
    account = site.keycloak.accounts_by_id[ada.id]
    site.keycloak.accounts_by_id[ada.id] = account._replace(enabled=False, last_name="Other", attributes={"x": ["1"]})
    site.later(61)
    assert await site.show(ada) == {"id": ada.id} | user("ada", title="Boss")
    healed = site.keycloak.accounts_by_id[ada.id]
    assert (healed.enabled, healed.last_name, healed.attributes) == (True, "", {"x": ["1"], "title": ["Boss"]})
    await site.require_agreement()


async def test_what_changes_there_while_we_heal_is_healed_the_next_time(site: Site) -> None:
    ada = await site.user("ada", name={"familyName": "Moss"})
    accounts = site.keycloak.accounts_by_id
    accounts[ada.id] = accounts[ada.id]._replace(enabled=False)

    def rename(call: str) -> None:
        if call == "update_account":
            accounts[ada.id] = accounts[ada.id]._replace(last_name="Other")

    site.keycloak.fail_after = rename
    site.later(61)
    await site.show(ada)
    site.keycloak.fail_after = lambda _: None
    assert (accounts[ada.id].enabled, accounts[ada.id].last_name) == (True, "Other")
    site.later(61)
    await site.show(ada)
    assert accounts[ada.id].last_name == "Moss"


async def test_a_user_that_was_only_seen_is_followed(site: Site) -> None:
    account = site.keycloak.add_account("ada")
    await site.find("User", 'userName eq "ada"')
    site.keycloak.accounts_by_id[account.id] = account._replace(username="ada.moss", last_name="Moss", enabled=False)
    site.later(61)
    (found,) = await site.find("User", f'id eq "{account.id}"')
    record = site.directory.get("User", found["id"])
    assert record is not None
    assert await site.show(record) == {"id": account.id} | user("ada.moss", active=False, name={"familyName": "Moss"})
    assert "update_account" not in site.keycloak.calls


@pytest.mark.parametrize(
    ("rule", "here", "there"),
    [("heal", "Boss", ["Boss"]), ("accept", "Chief", ["Chief"]), ("ignore", "Boss", ["Chief"])],
)
async def test_a_rule_of_the_realm_for_an_attribute_goes_first(
    make_site: Callable[..., Site], rule: str, here: str, there: list[str]
) -> None:
    site = make_site(drift={"title": rule})
    ada = await site.user("ada", title="Boss")
    account = site.keycloak.accounts_by_id[ada.id]
    site.keycloak.accounts_by_id[ada.id] = account._replace(attributes={"title": ["Chief"]})
    for _ in range(2):
        site.later(61)
        shown = await site.show(ada)
        assert shown is not None
        assert shown["title"] == here
        assert site.keycloak.accounts_by_id[ada.id].attributes["title"] == there


async def test_what_the_user_profile_there_drops_is_not_healed_for_ever(site: Site) -> None:
    site.keycloak.declared = frozenset({"externalId"})
    ada = await site.user("ada", title="Boss", externalId="00u1")
    for _ in range(5):
        site.later(61)
        await site.show(ada)
    assert site.keycloak.calls.count("update_account") == 1


async def test_a_healing_that_is_refused_is_left_to_the_drift_report(site: Site) -> None:
    ada = await site.user("ada")
    site.keycloak.accounts_by_id[ada.id] = site.keycloak.accounts_by_id[ada.id]._replace(username="eve")
    refused = TargetRefused("error-user-attribute-read-only", attribute="userName")
    site.keycloak.fail = Once("update_account", refused)
    for _ in range(3):
        site.later(61)
        shown = await site.show(ada)
        assert shown is not None
        assert shown["userName"] == "ada"
    assert site.keycloak.calls.count("update_account") == 1
    (drift,) = [drift async for drift in site.directory.drift()]
    assert drift == ("User", ada.id, "ada", "userName", "ada", "eve", "eve", "heal")


async def test_a_stale_resource_is_not_shown_while_keycloak_cannot_be_asked(site: Site) -> None:
    ada = await site.user("ada")
    site.keycloak.fail = always(TargetUnavailable("no answer", 5))
    assert await site.show(ada) is not None
    site.later(61)
    with pytest.raises(Unavailable):
        await site.show(ada)


async def test_a_seen_user_who_becomes_an_administrator_is_shown_by_name_from_then_on(site: Site) -> None:
    account = site.keycloak.add_account("ada", email="ada@x.test")
    await site.find("User", 'userName eq "ada"')
    site.keycloak.accounts_by_id[account.id] = account._replace(protected=True)
    site.later(61)
    (shown,) = await site.find("User", 'userName eq "ada"')
    assert shown.keys() == {"schemas", "id", "userName"}
    site.keycloak.accounts_by_id[account.id] = account
    site.later(61)
    (shown,) = await site.find("User", 'userName eq "ada"')
    assert shown["emails"][0]["value"] == "ada@x.test"


async def test_a_managed_user_who_becomes_an_administrator_is_not_touched_any_more(site: Site) -> None:
    ada = await site.user("ada")
    changed = site.keycloak.accounts_by_id[ada.id]._replace(protected=True, last_name="Root")
    site.keycloak.accounts_by_id[ada.id] = changed
    site.later(61)
    assert await site.show(ada) == {"id": ada.id} | user("ada")
    assert site.keycloak.accounts_by_id[ada.id] == changed
