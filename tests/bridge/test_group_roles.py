"""Groups that are to be something else in Keycloak since a setting was changed: roles in place of groups, or back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from scimbridge.adapters.memory.ledger import MemoryLedger
from scimbridge.bridge.ports import TargetGroup
from scimbridge.bridge.sweep import Swept
from scimbridge.directory.ports import AddMembers, Record
from scimbridge.provisioning.errors import TargetRefused

from .conftest import Site
from .fake import Once, always


def switch(site: Site, group_roles: str) -> dict[str, TargetGroup]:
    """Groups are roles there from now on: what is there as groups is out of sight, and given back."""
    former = site.keycloak.groups_by_id
    site.keycloak.groups_by_id, site.keycloak.joined = {}, set()
    assert isinstance(site.ledger, MemoryLedger)
    site.ledger.group_roles = group_roles
    site.setting = replace(site.setting, group_roles=group_roles)
    site.restarted()
    site.later(3600)
    return former


async def crew_of_two(site: Site) -> tuple[Record, Record, Record]:
    ada, bo = await site.user("ada"), await site.user("bo")
    return ada, bo, await site.group("crew", [ada.id, bo.id])


async def test_a_pushed_group_becomes_a_role_with_its_id_and_members_and_one_that_was_only_shown_goes(
    site: Site,
) -> None:
    ada, bo, crew = await crew_of_two(site)
    shown = site.keycloak.add_group("shown")
    await site.directory.sweep()
    switch(site, "portal")
    assert await site.directory.sweep() == Swept(compared=3)
    assert await site.members(crew) == {ada.id, bo.id}
    assert site.directory.get("Group", shown.id) is None
    assert (link := site.ledger.link(crew.id)) is not None
    assert (link.target, link.state) == (site.keycloak.group_named("crew").id, "managed")
    assert link.target != crew.id
    await site.require_agreement()
    site.later(3600)
    assert await site.directory.sweep() == Swept(compared=3)


async def test_members_there_are_made_ours_whatever_the_rule_for_later_changes(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(drift={"members": "accept"})
    ada, bo, crew = await crew_of_two(site)
    switch(site, "portal")
    await site.directory.sweep()
    assert await site.members(crew) == {ada.id, bo.id}
    await site.require_agreement()


async def test_read_before_the_comparison_a_group_is_there_as_ever(site: Site) -> None:
    _, _, crew = await crew_of_two(site)
    switch(site, "portal")
    assert (await site.show(crew) or {})["displayName"] == "crew"
    assert len(await site.find("Group", 'displayName eq "crew"')) == 1


async def test_changed_before_the_comparison_a_group_comes_with_all_of_its_members(site: Site) -> None:
    _, _, crew = await crew_of_two(site)
    cy = await site.user("cy")
    switch(site, "portal")
    await site.change(crew, None, AddMembers([cy.id]))
    assert len(site.keycloak.joined) == 3
    await site.require_agreement()


async def test_deleted_before_the_comparison_a_group_does_not_come_back(site: Site) -> None:
    _, _, crew = await crew_of_two(site)
    switch(site, "portal")
    assert await site.delete(crew)
    await site.directory.sweep()
    assert not site.keycloak.groups_by_id
    await site.require_agreement()


async def test_switched_back_a_group_leads_to_what_it_was_before(site: Site) -> None:
    _, bo, crew = await crew_of_two(site)
    former = switch(site, "portal")
    await site.directory.sweep()
    await site.delete(bo)
    switch(site, "")
    site.keycloak.groups_by_id = former
    site.keycloak.joined = {(bo.id, crew.id)}
    await site.directory.sweep()
    assert site.keycloak.groups_by_id.keys() == {crew.id}
    assert len(site.keycloak.joined) == 2
    assert (link := site.ledger.link(crew.id)) is not None
    assert link.target == crew.id


async def test_of_a_queued_realm_it_is_the_same(make_site: Callable[..., Site]) -> None:
    site = make_site(delivery="queued")
    await crew_of_two(site)
    while await site.directory.deliver():
        pass
    await site.require_agreement()
    switch(site, "portal")
    await site.directory.sweep()
    await site.require_agreement()


@pytest.mark.parametrize("delivery", ["immediate", "queued"])
async def test_what_cannot_be_a_role_stays_here_and_is_counted(make_site: Callable[..., Site], delivery: str) -> None:
    site = make_site(delivery=delivery)
    _, _, crew = await crew_of_two(site)
    while await site.directory.deliver():
        pass
    switch(site, "portal")
    site.keycloak.fail = lambda name: always(TargetRefused("no"))(name) if name == "create_group" else None
    assert (await site.directory.sweep()).refused == 1
    assert site.directory.get("Group", crew.id) is not None
    site.keycloak.fail = Once("nothing", TargetRefused("no"))
    assert (await site.directory.sweep()).refused == 0
    await site.require_agreement()


async def test_the_drift_report_says_what_will_become_of_them(site: Site) -> None:
    _, _, crew = await crew_of_two(site)
    shown = site.keycloak.add_group("shown")
    await site.directory.sweep()
    switch(site, "portal")
    found = {(drift.id, drift.attribute, drift.actual, drift.rule) async for drift in site.directory.drift()}
    assert found == {(crew.id, "id", None, "heal"), (shown.id, "id", None, "delete")}
    assert site.directory.get("Group", shown.id) is not None
