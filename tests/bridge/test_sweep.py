"""All of a realm compared with Keycloak, and the drift report."""

import asyncio
from collections.abc import Callable

import pytest

from scimbridge.bridge.drift import Drift
from scimbridge.bridge.sweep import Swept
from scimbridge.directory.ports import Actor, AddMembers, New, Query, Record
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused, TargetUnavailable

from .conftest import OKTA, Site, group, user
from .fake import Once


async def names(site: Site, kind: str) -> set[str]:
    page = await site.directory.search(Query({kind: None}, count=1000))
    return {site.ledger.link(record.id).state + " " + record.id for record in page.records}  # type: ignore[union-attr]


async def test_the_first_pass_shows_everybody_who_is_there(site: Site) -> None:
    people = [site.keycloak.add_account(f"user{number}") for number in range(45)]
    crew = site.keycloak.add_group("crew", *(account.id for account in people[:3]))
    team = site.keycloak.add_group("team", people[0].id, parent=crew.id)
    assert await site.directory.sweep() == Swept(compared=47, found=47)
    assert await names(site, "User") == {f"seen {account.id}" for account in people}
    assert await names(site, "Group") == {f"seen {crew.id}", f"seen {team.id}"}
    await site.require_agreement()
    assert await site.directory.sweep() == Swept(compared=47)
    assert not site.keycloak.calls.count("update_account")


@pytest.mark.parametrize("kind", ["User", "Group"])
async def test_what_is_being_created_is_not_taken_for_somebody_else_s(site: Site, kind: str) -> None:
    """A pass, and a lookup, that see what a create has made there before it stands here."""
    seen: list[asyncio.Task[object]] = []

    def fail_after(name: str) -> None:
        if name.startswith("create_"):
            lookup = 'userName eq "ada"' if kind == "User" else 'displayName eq "ada"'
            seen.append(asyncio.create_task(site.directory.sweep()))
            seen.append(asyncio.create_task(site.find(kind, lookup)))

    create = site.local.create

    async def slow(new: New, actor: Actor) -> Record:
        for _ in range(50):
            await asyncio.sleep(0)
        return await create(new, actor)

    site.local.create = slow  # type: ignore[method-assign]
    site.keycloak.fail_after = fail_after
    made = await (site.user("ada") if kind == "User" else site.group("ada"))
    await asyncio.gather(*seen)
    assert (link := site.ledger.link(made.id)) is not None
    assert link.state == "managed"
    await site.require_agreement()


async def test_a_pass_keeps_to_its_rate(site: Site) -> None:
    for number in range(100):
        site.keycloak.add_account(f"user{number}")
    await site.directory.sweep(rate=50)
    assert 1.5 <= site.slept <= 2.5


async def test_who_is_gone_there_is_gone_here_after_a_pass(site: Site) -> None:
    ada, bo = await site.user("ada"), await site.user("bo")
    crew = await site.group("crew", [ada.id, bo.id])
    await site.keycloak.delete_account(ada.id)
    await site.keycloak.delete_group(crew.id)
    site.later(1)
    assert await site.directory.sweep() == Swept(compared=1, gone=2)
    await site.require_agreement()


async def test_a_realm_that_lost_most_of_what_we_know_is_not_followed(site: Site) -> None:
    for number in range(50):
        await site.user(f"user{number}")
    kept = dict(site.keycloak.accounts_by_id)
    site.keycloak.accounts_by_id.clear()
    site.later(1)
    with pytest.raises(TargetMisbehaved, match="50 of 50"):
        await site.directory.sweep()
    site.keycloak.accounts_by_id = kept
    await site.directory.sweep()
    await site.require_agreement()


async def test_members_of_a_managed_group_are_made_again_what_they_are_to_be(site: Site) -> None:
    ada, bo, cy = [await site.user(name) for name in ("ada", "bo", "cy")]
    team = await site.group("team")
    crew = await site.group("crew", [ada.id, bo.id, team.id])
    await site.keycloak.leave(ada.id, crew.id)
    await site.keycloak.join(cy.id, crew.id)
    await site.keycloak.move_group(team.id, "")
    await site.directory.sweep()
    assert await site.members(crew) == {ada.id, bo.id, team.id}
    await site.require_agreement()


async def test_members_of_a_group_that_was_only_seen_are_followed(site: Site) -> None:
    ada, bo = await site.user("ada"), await site.user("bo")
    there = site.keycloak.add_group("crew", ada.id)
    await site.directory.sweep()
    await site.keycloak.leave(ada.id, there.id)
    await site.keycloak.join(bo.id, there.id)
    await site.directory.sweep()
    crew = site.directory.get("Group", there.id)
    assert crew is not None
    assert await site.members(crew) == {bo.id}
    await site.require_agreement()


async def test_what_was_here_before_keycloak_came_is_delivered_under_its_own_id(site: Site) -> None:
    ada = await site.local.create(New("User", user("ada", title="Boss")), OKTA)
    bo = await site.local.create(New("User", user("bo")), OKTA)
    crew = await site.local.create(New("Group", group("crew"), [ada.id, bo.id]), OKTA)
    there = site.keycloak.add_account("bo")
    await site.directory.sweep()
    assert {ada.id, bo.id, crew.id} == {link.id for link in await site.ledger.stale_links("9", 10)}
    assert site.ledger.linked("User", there.id) is not None
    await site.require_agreement()
    await site.change(crew, None, AddMembers([bo.id]))
    await site.change(bo, user("bo", title="Chief"))
    await site.require_agreement()


async def test_what_keycloak_does_not_take_is_counted_and_the_pass_goes_on(site: Site) -> None:
    for name in ("ada", "bo"):
        await site.local.create(New("User", user(name)), OKTA)
    site.keycloak.fail = Once("create_account", TargetRefused("error-invalid-email"))
    assert await site.directory.sweep() == Swept(refused=1)
    assert len(site.keycloak.accounts_by_id) == 1


async def test_two_groups_of_one_name_in_different_places_are_shown_once(site: Site) -> None:
    first, second = site.keycloak.add_group("one"), site.keycloak.add_group("two")
    site.keycloak.add_group("leads", parent=first.id)
    site.keycloak.add_group("leads", parent=second.id)
    await site.directory.sweep()
    assert len(await site.find("Group", 'displayName eq "leads"')) == 1


async def test_a_pass_that_is_cut_short_keeps_what_it_has_seen(site: Site) -> None:
    for number in range(30):
        site.keycloak.add_account(f"user{number}")
    site.keycloak.fail = Once("groups", TargetUnavailable("connection reset"))
    with pytest.raises(TargetUnavailable):
        await site.directory.sweep()
    assert len(await names(site, "User")) == 30


async def test_the_drift_report_has_what_is_wanted_noted_and_there_and_changes_nothing(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(drift={"title": "ignore"})
    ada, bo, cy = [await site.user(name, title="Boss") for name in ("ada", "bo", "cy")]
    crew = await site.group("crew", [ada.id])
    site.keycloak.accounts_by_id[ada.id] = site.keycloak.accounts_by_id[ada.id]._replace(enabled=False, attributes={})
    await site.keycloak.delete_account(bo.id)
    await site.keycloak.rename_group(crew.id, "CREW")
    await site.keycloak.leave(ada.id, crew.id)
    await site.keycloak.join(cy.id, crew.id)
    found = [drift async for drift in site.directory.drift()]
    assert found == [
        Drift("User", ada.id, "ada", "active", True, True, False, "heal"),
        Drift("User", ada.id, "ada", "title", ["Boss"], ["Boss"], [], "ignore"),
        Drift("Group", crew.id, "crew", "displayName", "crew", "crew", "CREW", "heal"),
        Drift("Group", crew.id, "crew", "members", [ada.id], None, [cy.id], "heal"),
        Drift("User", bo.id, "bo", "id", bo.id, bo.id, None, "delete"),
    ]
    assert found == [drift async for drift in site.directory.drift()]
