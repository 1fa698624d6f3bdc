"""Whatever stops a write at whatever moment: afterwards both sides agree, and nothing is there twice."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from scimbridge.directory.ports import AddMembers, Password, Record, RemoveMembers, ReplaceMembers, Taken
from scimbridge.provisioning.errors import TargetUnavailable
from scimbridge.scim.errors import Unavailable

from .conftest import USER, Site, group, user
from .fake import Once, always

WRITES = frozenset(
    {"create", "update", "delete", "begin", "settle", "put_link", "drop_link", "enqueue", "finish", "retry_later"}
)
CALLS = frozenset(
    {"create_account", "update_account", "delete_account", "end_access", "join", "leave", "move_group"}
    | {"create_group", "rename_group", "delete_group", "link_identity", "get_account", "get_group"}
)


class Killed(BaseException):
    """The process is no more."""


class Failing:
    """Stands before an object; the n-th of all calls to `names` fails, before or after its effect."""

    def __init__(self, inner: Any, names: frozenset[str], plan: "Plan") -> None:
        self._inner, self._names, self._plan = inner, names, plan

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._plan.run(lambda: found(*arguments, **named))

        return call


class Plan:
    def __init__(self, moment: int, error: BaseException, *, after: bool) -> None:
        self.left, self._error, self._after = moment, error, after

    async def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        self.left -= 1
        is_dead = self.left < 0 and isinstance(self._error, Killed)
        if is_dead or (self.left == 0 and not self._after):
            raise self._error
        result = await call()
        if self.left == 0:
            raise self._error
        return result


async def prepare(site: Site) -> dict[str, Record]:
    people = {name: await site.user(name, title="Engineer") for name in ("ada", "bo", "cy")}
    crew = await site.group("crew", [people["ada"].id, people["bo"].id])
    return people | {"crew": crew, "team": await site.group("team")}


async def deliver(site: Site) -> None:
    while await site.directory.deliver():
        pass


Write = Callable[[Site, dict[str, Record]], Awaitable[Any]]

SCENES: dict[str, Write] = {
    "create a user": lambda site, _: site.user("new", Password("$argon2id$x"), externalId="00u9"),
    "create a group": lambda site, known: site.group("new", [known["ada"].id, known["bo"].id, known["team"].id]),
    "change a user": lambda site, known: site.change(known["ada"], user("ada.moss", title="Boss")),
    "deactivate a user": lambda site, known: site.change(known["ada"], user("ada", title="Engineer", active=False)),
    "rename a group and change its members": lambda site, known: site.change(
        known["crew"], group("crew 2"), RemoveMembers([known["ada"].id]), AddMembers([known["cy"].id, known["team"].id])
    ),
    "replace members": lambda site, known: site.change(known["crew"], None, ReplaceMembers([known["cy"].id])),
    "delete a user": lambda site, known: site.delete(known["ada"]),
    "delete a group": lambda site, known: site.delete(known["crew"]),
}


async def fail_at(moment: int, scene: str, error: BaseException, *, after: bool, names: tuple[str, ...]) -> Site | None:
    """The site after the write failed at its n-th step; None if it has fewer."""
    site = Site(identity_provider="okta-saml")
    known = await prepare(site)
    plan = Plan(moment, error, after=after)
    keycloak, local, ledger = site.keycloak, site.local, site.ledger
    if "keycloak" in names:
        site.keycloak = Failing(keycloak, CALLS, plan)  # type: ignore[assignment]
    if "here" in names:
        site.local = Failing(local, WRITES, plan)
        site.ledger = Failing(ledger, WRITES, plan)
    site.restarted()
    with suppress(Killed, Unavailable):
        await SCENES[scene](site, known)
    site.keycloak, site.local, site.ledger = keycloak, local, ledger
    return site if plan.left <= 0 else None


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("after", [False, True])
async def test_a_process_killed_at_any_moment_leaves_what_the_next_one_heals(scene: str, after: bool) -> None:
    moment = 1
    while site := await fail_at(moment, scene, Killed(), after=after, names=("keycloak", "here")):
        site.later(1)
        await site.restarted().heal()
        await site.require_agreement()
        await site.directory.heal()
        await site.directory.sweep()
        await site.require_agreement()
        moment += 1
    assert moment > 3


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("after", [False, True])
async def test_a_keycloak_that_stops_answering_at_any_moment_is_healed_without_a_restart(
    scene: str, after: bool
) -> None:
    moment = 1
    error = TargetUnavailable("connection reset", 5)
    while site := await fail_at(moment, scene, error, after=after, names=("keycloak",)):
        await site.directory.heal()
        await site.require_agreement()
        moment += 1
    assert moment > 1


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("after", [False, True])
async def test_a_process_killed_at_any_moment_of_a_delivery_leaves_what_the_next_one_finishes(
    scene: str, after: bool
) -> None:
    moment = 1
    while True:
        site = Site(delivery="queued")
        known = await prepare(site)
        await deliver(site)
        plan = Plan(moment, Killed(), after=after)
        keycloak, local, ledger = site.keycloak, site.local, site.ledger
        site.keycloak = Failing(keycloak, CALLS, plan)  # type: ignore[assignment]
        site.local = Failing(local, WRITES, plan)
        site.ledger = Failing(ledger, WRITES, plan)
        site.restarted()
        with suppress(Killed):
            await SCENES[scene](site, known)
            await deliver(site)
        site.keycloak, site.local, site.ledger = keycloak, local, ledger
        site.restarted()
        await site.directory.heal()
        await deliver(site)
        assert await site.ledger.tasks() == []
        await site.require_agreement()
        if plan.left > 0:
            break
        moment += 1
    assert moment > 4


async def test_a_create_that_nobody_was_told_of_is_what_the_next_try_of_it_gets(site: Site) -> None:
    site.keycloak.fail_after = Once("create_account", TargetUnavailable("connection reset"))
    with pytest.raises(Unavailable):
        await site.user("ada", Password("$argon2id$first"), title="Engineer")
    made = await site.user("Ada", Password("$argon2id$second"), title="Boss")
    assert [made.id] == list(site.keycloak.accounts_by_id)
    assert site.keycloak.credentials[made.id].hash == "$argon2id$second"
    await site.require_agreement()
    with pytest.raises(Taken):
        await site.user("ada")


async def test_a_group_that_nobody_was_told_of_is_what_the_next_try_of_it_gets(site: Site) -> None:
    ada, bo = await site.user("ada"), await site.user("bo")
    site.keycloak.fail = Once("join", TargetUnavailable("connection reset"), nth=2)
    with pytest.raises(Unavailable):
        await site.group("crew", [ada.id, bo.id])
    crew = await site.group("crew", [bo.id])
    assert await site.members(crew) == {bo.id}
    await site.require_agreement()


async def test_somebody_else_s_account_of_the_name_is_not_taken_for_ours(site: Site) -> None:
    site.keycloak.add_account("ada", created=int(site.time.timestamp() * 1000) - 3_600_000)
    site.keycloak.fail = Once("create_account", TargetUnavailable("connection reset"))
    with pytest.raises(Unavailable):
        await site.user("ada")
    await site.directory.heal()
    assert site.local.lookup("User", "ada") is None
    assert await site.ledger.open_intents() == []


async def test_an_account_made_differently_at_the_same_time_is_not_taken_for_ours(site: Site) -> None:
    site.keycloak.fail = Once("create_account", TargetUnavailable("connection reset"))
    with pytest.raises(Unavailable):
        await site.user("ada", name={"familyName": "Moss"})
    site.keycloak.add_account("ada", last_name="Other", created=int(site.time.timestamp() * 1000))
    await site.directory.heal()
    assert site.local.lookup("User", "ada") is None


async def test_healing_leaves_alone_what_is_under_way_in_this_process(site: Site) -> None:
    ada = await site.user("ada")
    await site.directory.heal()
    healed: list[int] = []

    async def pause(name: str) -> None:
        if name == "update_account":
            await site.directory.heal()
            healed.append(len(await site.ledger.open_intents()))

    site.keycloak.pause = pause
    await site.change(ada, user("ada", title="Boss"))
    assert healed == [1]
    await site.require_agreement()


async def test_an_intent_stays_open_while_keycloak_cannot_be_asked(site: Site) -> None:
    ada = await site.user("ada")
    site.keycloak.fail = always(TargetUnavailable("down"))
    with pytest.raises(Unavailable):
        await site.change(ada, user("ada", title="Boss"))
    for attempt in (site.directory.heal, lambda: site.show(ada), lambda: site.change(ada, user("ada", title="Boss"))):
        with pytest.raises((TargetUnavailable, Unavailable)):
            await attempt()
    assert len(await site.ledger.open_intents()) == 1
    site.keycloak.fail = Once("", Killed())
    assert await site.show(ada) == {"schemas": [USER], "id": ada.id} | user("ada")
    await site.require_agreement()
