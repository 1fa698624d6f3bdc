"""What others change in Keycloak, taken up by its events."""

from collections.abc import Callable

import pytest

from scimbridge.bridge.ports import Changed
from scimbridge.provisioning.errors import TargetUnavailable

from .conftest import Site, user
from .fake import Once


@pytest.fixture
async def watched(site: Site) -> Site:
    """A realm that tells what happens, from its first look on."""
    site.keycloak.events = []
    await site.directory.follow()
    return site


def tell(site: Site, type_: str, target: str) -> None:
    assert site.keycloak.events is not None
    number = len(site.keycloak.events)
    site.keycloak.events.append((1_000_000 + number, Changed(f"event-{number}", type_, target)))


async def test_a_change_of_somebody_else_is_healed_at_once(watched: Site) -> None:
    ada = await watched.user("ada")
    watched.keycloak.accounts_by_id[ada.id] = watched.keycloak.accounts_by_id[ada.id]._replace(enabled=False)
    tell(watched, "User", ada.id)
    assert await watched.directory.follow() == 1
    assert watched.keycloak.accounts_by_id[ada.id].enabled
    await watched.require_agreement()


async def test_who_was_deleted_there_is_gone_here(watched: Site) -> None:
    ada, crew = await watched.user("ada"), await watched.group("crew")
    await watched.keycloak.delete_account(ada.id)
    await watched.keycloak.delete_group(crew.id)
    tell(watched, "User", ada.id)
    tell(watched, "Group", crew.id)
    assert await watched.directory.follow() == 2
    assert watched.directory.get("User", ada.id) is None
    assert watched.directory.get("Group", crew.id) is None


async def test_who_is_new_there_is_shown_with_their_groups(watched: Site) -> None:
    ada = watched.keycloak.add_account("ada")
    crew = watched.keycloak.add_group("crew", ada.id)
    for type_, target in (("Group", crew.id), ("User", ada.id), ("Group", crew.id)):
        tell(watched, type_, target)
    assert await watched.directory.follow() == 2
    shown = watched.directory.get("Group", crew.id)
    assert shown is not None
    assert await watched.members(shown) == {ada.id}
    await watched.require_agreement()


async def test_members_are_what_the_identity_provider_wants_again(watched: Site) -> None:
    ada, bo = await watched.user("ada"), await watched.user("bo")
    team, away = await watched.group("team"), await watched.group("away")
    crew = await watched.group("crew", [ada.id, team.id, away.id])
    await watched.keycloak.leave(ada.id, crew.id)
    await watched.keycloak.join(bo.id, crew.id)
    await watched.keycloak.move_group(away.id, "")
    tell(watched, "Group", crew.id)
    await watched.directory.follow()
    assert await watched.keycloak.group_members(crew.id) == {ada.id}
    assert await watched.members(crew) == {ada.id, team.id, away.id}
    await watched.require_agreement()


async def test_what_came_and_went_before_anybody_looked_is_nothing(watched: Site) -> None:
    tell(watched, "User", "kc-user-0")
    tell(watched, "Group", "kc-group-0")
    await watched.directory.follow()
    await watched.require_agreement()


async def test_an_event_is_taken_up_once(watched: Site) -> None:
    ada = await watched.user("ada")
    tell(watched, "User", ada.id)
    assert [await watched.directory.follow() for _ in range(3)] == [1, 0, 0]
    tell(watched, "User", ada.id)
    assert [await watched.directory.follow() for _ in range(2)] == [1, 0]


async def test_what_happened_before_the_first_look_is_left_to_the_comparison_of_everything(site: Site) -> None:
    site.keycloak.events = [(5, Changed("event-0", "User", site.keycloak.add_account("ada").id))]
    assert await site.directory.follow() == 0
    assert site.keycloak.calls == ["changes"]


async def test_an_event_whose_resource_could_not_be_asked_for_comes_again(watched: Site) -> None:
    account = watched.keycloak.add_account("ada")
    tell(watched, "User", account.id)
    watched.keycloak.fail = Once("get_account", TargetUnavailable("connection reset"))
    with pytest.raises(TargetUnavailable):
        await watched.directory.follow()
    assert await watched.directory.follow() == 1
    assert watched.directory.get("User", account.id) is not None


async def test_a_realm_that_tells_nothing_is_asked_and_no_more(site: Site) -> None:
    site.keycloak.add_account("ada")
    assert await site.directory.follow() == 0
    assert site.keycloak.calls == ["changes"]


async def test_what_is_still_to_be_delivered_is_not_compared(make_site: Callable[..., Site]) -> None:
    site = make_site(delivery="queued")
    site.keycloak.events = []
    await site.directory.follow()
    ada = await site.user("ada")
    await site.directory.deliver()
    link = site.ledger.link(ada.id)
    assert link is not None
    await site.change(ada, user("ada", title="Boss"))
    site.keycloak.accounts_by_id[link.target] = site.keycloak.accounts_by_id[link.target]._replace(enabled=False)
    tell(site, "User", link.target)
    await site.directory.follow()
    assert not site.keycloak.accounts_by_id[link.target].enabled
