"""Delivery `queued`: answered at once, delivered in order, late and not lost."""

from collections.abc import Callable

import pytest

from scimbridge.directory.ports import AddMembers, Change, Password, Record, RemoveMembers, Taken, UnknownMembers
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable
from scimbridge.scim.errors import Forbidden, VersionMismatch

from .conftest import OKTA, Site, group, user
from .fake import Once, always


@pytest.fixture
def queued(make_site: Callable[..., Site]) -> Site:
    return make_site(delivery="queued")


async def deliver(site: Site) -> None:
    while await site.directory.deliver():
        pass


async def test_a_write_is_answered_without_a_call(queued: Site) -> None:
    queued.keycloak.fail = always(TargetUnavailable("down"))
    ada = await queued.user("ada", title="Engineer")
    crew = await queued.group("crew", [ada.id])
    await queued.change(ada, user("ada", title="Boss"))
    await queued.delete(crew)
    assert queued.keycloak.calls == []
    assert [(task.operation, task.name) for task in await queued.ledger.tasks()] == [
        ("create", "ada"),
        ("create", "crew"),
        ("change", "ada"),
        ("delete", "crew"),
    ]


async def test_what_is_queued_is_delivered_and_both_sides_agree(queued: Site) -> None:
    ada, bo = await queued.user("ada", Password("$argon2id$x")), await queued.user("bo", active=False)
    team = await queued.group("team")
    crew = await queued.group("crew", [ada.id, bo.id, team.id])
    await queued.change(ada, user("ada.moss", title="Boss"), password=Password("$argon2id$y"))
    await queued.change(crew, group("crew 2"), RemoveMembers([bo.id, team.id]))
    await deliver(queued)
    assert queued.keycloak.credentials[queued.keycloak.named("ada.moss").id].hash == "$argon2id$y"
    assert await queued.ledger.tasks() == []
    await queued.require_agreement()
    for record in (ada, crew):
        await queued.delete(record)
    await deliver(queued)
    await queued.require_agreement()


async def test_ids_here_and_there_are_their_own_and_members_are_translated(queued: Site) -> None:
    ada = await queued.user("ada")
    crew = await queued.group("crew", [ada.id])
    await deliver(queued)
    account, there = queued.keycloak.named("ada"), queued.keycloak.group_named("crew")
    assert ada.id != account.id
    assert queued.keycloak.joined == {(account.id, there.id)}
    await queued.change(crew, None, RemoveMembers([ada.id]), AddMembers([ada.id]))
    assert await queued.ledger.tasks() == []


async def test_a_member_that_is_not_there_yet_is_waited_for(queued: Site) -> None:
    queued.keycloak.fail = Once("create_account", TargetUnavailable("connection reset", 1))
    ada = await queued.user("ada")
    await queued.group("crew", [ada.id])
    await queued.directory.deliver()
    assert {task.attempts for task in await queued.ledger.tasks()} == {1}
    queued.later(10)
    await deliver(queued)
    queued.later(10)
    await deliver(queued)
    await queued.require_agreement()


async def test_a_keycloak_that_is_down_is_tried_ever_more_rarely_and_nothing_is_lost(queued: Site) -> None:
    await queued.user("ada")
    queued.keycloak.fail = always(TargetUnavailable("no answer in 10 s", 5))
    pauses = []
    for _ in range(12):
        await queued.directory.deliver()
        (task,) = await queued.ledger.tasks()
        assert (task.state, task.reason) == ("waiting", "no answer in 10 s")
        before = queued.time
        while not await queued.ledger.next_tasks(queued.time.isoformat(timespec="milliseconds")[:23] + "Z", 1):
            queued.later(1)
        pauses.append((queued.time - before).seconds)
    assert pauses[0] == 5
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300
    queued.keycloak.fail = Once("", TargetMisbehaved(""))
    await deliver(queued)
    await queued.require_agreement()


async def test_what_is_refused_fails_visibly_and_a_later_change_makes_it_good(queued: Site) -> None:
    queued.keycloak.add_account("bo", email="x@x.test")
    ada = await queued.user("ada", emails=[{"value": "x@x.test"}])
    await deliver(queued)
    (failed,) = await queued.ledger.tasks()
    assert (failed.state, failed.name) == ("failed", "ada")
    assert failed.reason == 'Attribute "emails": Keycloak refuses: User exists with same email'
    await queued.change(ada, user("ada", emails=[{"value": "ada@x.test"}]))
    await deliver(queued)
    assert queued.keycloak.named("ada").email == "ada@x.test"
    await queued.ledger.retry_later(failed.sequence, "2026", "")
    await deliver(queued)
    assert await queued.ledger.tasks() == []


async def test_an_answer_that_makes_no_sense_is_tried_again(queued: Site) -> None:
    await queued.user("ada")
    queued.keycloak.fail = Once("create_account", TargetMisbehaved("418 I'm a teapot"))
    await deliver(queued)
    queued.later(5)
    await deliver(queued)
    await queued.require_agreement()


async def test_by_rule_who_is_there_is_taken_over_at_delivery(make_site: Callable[..., Site]) -> None:
    site = make_site(delivery="queued", adopt=("userName",))
    there = site.keycloak.add_account("ada", last_name="Moss")
    ada = await site.user("ada", Password("$argon2id$x"), title="Boss")
    await deliver(site)
    assert (link := site.ledger.link(ada.id)) is not None
    assert link.target == there.id
    assert site.keycloak.credentials[there.id].hash == "$argon2id$x"
    await site.require_agreement()


async def test_who_was_deleted_there_meanwhile_is_deleted_here(queued: Site) -> None:
    ada = await queued.user("ada")
    await deliver(queued)
    queued.keycloak.accounts_by_id.clear()
    await queued.change(ada, user("ada", title="Boss"))
    await deliver(queued)
    assert await queued.show(ada) is None
    await queued.require_agreement()


async def test_what_the_directory_refuses_leaves_no_task(queued: Site) -> None:
    ada = await queued.user("ada")
    bo = await queued.user("bo")
    await deliver(queued)

    def outdated(_: Record) -> Change:
        raise VersionMismatch("If-Match")

    with pytest.raises(Taken):
        await queued.user("ADA")
    with pytest.raises(Taken):
        await queued.change(bo, user("ada"))
    with pytest.raises(UnknownMembers):
        await queued.group("crew", ["nobody"])
    with pytest.raises(VersionMismatch):
        await queued.directory.update("User", ada.id, outdated, OKTA)
    assert await queued.directory.update("User", "nobody", outdated, OKTA) is None
    assert await queued.directory.delete("User", "nobody", lambda _: None, OKTA) is False
    assert await queued.ledger.tasks() == []


async def test_a_change_of_what_only_we_keep_is_no_task(queued: Site) -> None:
    ada = await queued.user("ada")
    await deliver(queued)
    await queued.change(ada, user("ada", addresses=[{"locality": "Berlin"}]))
    assert await queued.ledger.tasks() == []


async def test_an_administrator_is_never_touched(queued: Site) -> None:
    queued.keycloak.add_account("root", protected=True)
    await queued.find("User", 'userName eq "root"')
    record = queued.directory.lookup("User", "root")
    assert record is not None
    with pytest.raises(Forbidden):
        await queued.change(record, user("root", active=False))
    with pytest.raises(Forbidden):
        await queued.delete(record)


async def test_reads_and_lookups_answer_from_here_while_keycloak_is_down(queued: Site) -> None:
    ada = await queued.user("ada")
    await deliver(queued)
    queued.keycloak.fail = always(TargetUnavailable("down"))
    queued.later(3600)
    assert await queued.show(ada) is not None
    assert await queued.find("User", 'userName eq "nobody"') == []


async def test_a_keycloak_that_is_down_is_not_asked_by_every_read(queued: Site) -> None:
    people = [await queued.user(name) for name in ("ada", "bo", "cy")]
    await deliver(queued)
    queued.keycloak.fail = always(TargetUnavailable("down", 5))
    queued.later(3600)
    before = len(queued.keycloak.calls)
    for record in people:
        assert await queued.show(record) is not None
    assert len(queued.keycloak.calls) == before + 1


async def test_who_was_deleted_there_is_not_shown_unless_something_waits_to_be_delivered(queued: Site) -> None:
    ada, bo = await queued.user("ada"), await queued.user("bo")
    await deliver(queued)
    await queued.change(bo, user("bo", title="Boss"))
    queued.keycloak.accounts_by_id.clear()
    queued.later(61)
    assert await queued.show(ada) is None
    assert await queued.show(bo) is not None


async def test_a_pass_leaves_what_waits_to_be_delivered_alone(queued: Site) -> None:
    ada = await queued.user("ada")
    await deliver(queued)
    await queued.change(ada, user("ada", title="Boss"))
    await queued.user("bo")
    await queued.directory.sweep()
    assert [account.username for account in queued.keycloak.accounts_by_id.values()] == ["ada"]
    await deliver(queued)
    await queued.require_agreement()


async def test_a_group_that_moves_to_another_one_stays_there_in_whatever_order_it_is_delivered(queued: Site) -> None:
    team = await queued.group("team")
    old, new = await queued.group("old", [team.id]), await queued.group("new")
    await deliver(queued)
    queued.keycloak.fail = Once("get_group", TargetUnavailable("connection reset", 1))
    await queued.change(old, None, RemoveMembers([team.id]))
    await queued.change(new, None, AddMembers([team.id]))
    await deliver(queued)
    queued.later(10)
    await deliver(queued)
    assert queued.keycloak.group_named("team").parent == queued.keycloak.group_named("new").id
    await queued.require_agreement()


async def test_whose_delivery_was_cancelled_is_delivered_with_the_next_change_and_not_by_a_pass(queued: Site) -> None:
    ada = await queued.user("ada")
    (task,) = await queued.ledger.tasks()
    await queued.ledger.finish(task.sequence)
    await queued.directory.sweep()
    assert queued.keycloak.accounts_by_id == {}
    await queued.change(ada, user("ada", title="Boss"))
    await deliver(queued)
    await queued.require_agreement()


async def test_a_task_done_twice_changes_nothing_the_second_time(queued: Site) -> None:
    """A process killed between Keycloak's answer and our note of it."""
    ada, bo = await queued.user("ada"), await queued.user("bo")
    crew = await queued.group("crew", [ada.id])
    await deliver(queued)
    await queued.change(crew, group("crew 2"), AddMembers([bo.id]), RemoveMembers([ada.id]))
    (task,) = await queued.ledger.tasks()
    await deliver(queued)
    await queued.ledger.enqueue(task)
    await deliver(queued)
    await queued.require_agreement()
