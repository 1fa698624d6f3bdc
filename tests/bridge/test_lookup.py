"""Which searches are asked there too (bridge/lookup.py), and what is made of the answer."""

import pytest

from scimbridge.bridge.lookup import Question, questions
from scimbridge.directory.ports import Actor, New, Record
from scimbridge.scim.core import CORE
from scimbridge.scim.filter import bind_text

from .conftest import Site, user

ADA = Question("username", "ada")


@pytest.mark.parametrize(
    ("kind", "text", "asked"),
    [
        ("User", 'userName eq "Ada"', [ADA]),
        ("User", 'externalId eq "00U1"', [Question("externalId", "00U1")]),
        ("User", 'emails eq "A@x.test"', [Question("email", "a@x.test")]),
        ("User", 'emails.value eq "a@x.test"', [Question("email", "a@x.test")]),
        ("User", 'emails[type eq "work" and value eq "a@x.test"]', [Question("email", "a@x.test")]),
        ("User", 'emails[type eq "work"].value eq "a@x.test"', [Question("email", "a@x.test")]),
        ("User", 'active eq true and userName eq "ada"', [ADA]),
        ("User", 'userName eq "ada" or externalId eq "1"', [ADA, Question("externalId", "1")]),
        ("User", 'userName eq "ada" or title eq "Boss"', []),
        ("User", 'not (userName eq "ada")', []),
        ("User", 'userName sw "ada"', []),
        ("User", 'userName ne "ada"', []),
        ("User", "userName pr", []),
        ("User", 'title eq "Boss"', []),
        ("User", " or ".join(f'userName eq "{number}"' for number in range(6)), []),
        ("Group", 'displayName eq "Crew"', [Question("group", "crew")]),
        ("Group", 'externalId eq "1"', []),
    ],
)
def test_a_filter_that_names_one_resource_is_asked_there(kind: str, text: str, asked: list[Question]) -> None:
    assert list(questions({kind: bind_text(text, CORE.by_name[kind])})) == asked


def test_a_list_is_not_a_lookup() -> None:
    assert questions({"User": None, "Group": None}) == []


@pytest.mark.parametrize(
    "text", ['userName eq "ADA"', 'externalId eq "00u1"', 'emails eq "ada@x.test"', 'emails[value eq "Ada@x.test"]']
)
async def test_who_is_there_is_found_by_each_key(site: Site, text: str) -> None:
    site.keycloak.add_account("ada", email="ada@x.test", attributes={"externalId": ["00u1"]})
    site.keycloak.add_account("bo")
    assert [found["userName"] for found in await site.find("User", text)] == ["ada"]
    assert [found["userName"] for found in await site.find("User", text)] == ["ada"]
    assert site.keycloak.calls.count("find_account") == 1


async def test_who_is_noted_by_a_pass_at_the_same_moment_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    create = site.local.create

    async def second(new: New, actor: Actor) -> Record:
        await create(new, actor)
        return await create(new, actor)

    site.keycloak.add_account("ada")
    monkeypatch.setattr(site.local, "create", second)
    assert [found["userName"] for found in await site.find("User", 'userName eq "ada"')] == ["ada"]


async def test_a_group_that_is_there_is_found_by_its_name(site: Site) -> None:
    there = site.keycloak.add_group("Crew")
    (found,) = await site.find("Group", 'displayName eq "crew"')
    assert (found["id"], found["displayName"]) == (there.id, "Crew")


async def test_a_rest_of_the_filter_that_does_not_match_finds_nothing(site: Site) -> None:
    site.keycloak.add_account("ada", enabled=False)
    assert await site.find("User", 'userName eq "ada" and active eq true') == []


async def test_a_hit_here_that_is_gone_there_is_not_shown(site: Site) -> None:
    made = await site.user("ada")
    site.later(61)
    del site.keycloak.accounts_by_id[made.id]
    assert await site.find("User", 'userName eq "ada"') == []


async def test_a_hit_that_was_confirmed_a_moment_ago_costs_no_call(site: Site) -> None:
    made = await site.user("ada")
    before = len(site.keycloak.calls)
    assert await site.find("User", 'userName eq "ada"') == [{"id": made.id} | user("ada")]
    assert len(site.keycloak.calls) == before
