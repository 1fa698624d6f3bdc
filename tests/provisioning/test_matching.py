"""Imports from an application's target: whose the accounts there are, and what follows."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from scimbridge.access.sources import Sources
from scimbridge.adapters.sqlite.accounts import SqliteAccounts
from scimbridge.directory.ports import JournalQuery
from scimbridge.provisioning.account_import import AccountImport, AccountsImported
from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.application import Actions, ImportRules
from scimbridge.provisioning.confirmation import Confirmation
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.provisioning.matching import Match, Matcher, People
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness

from .engine import ALL, Site

IMPORTS = replace(ALL, import_users=True, import_groups=True)


async def no_key() -> str:
    return ""


class Imports:
    """The imports of the application of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.accounts = SqliteAccounts(site.database, site.application.id)

    def confirmation(self) -> Confirmation:
        site = self.site
        return Confirmation(
            site.application,
            applications=site.applications,
            accounts=self.accounts,
            ledger=site.ledger,
            directory=site.directory,
            types=CORE,
            sources=Sources(lambda: site.time, site.ids, lambda: "", no_key),
            realm="acme",
            actor="import:slack",
        )

    def build(self) -> AccountImport:
        site = self.site
        return AccountImport(
            site.application,
            site.target,
            accounts=self.accounts,
            ledger=site.ledger,
            directory=site.directory,
            confirmation=self.confirmation(),
            clock=lambda: site.time,
        )

    async def run(self, *allow: str) -> AccountsImported:
        return await self.build().run(allow=frozenset(allow))

    def states(self) -> dict[str, str]:
        return {account.name: account.state for account in self.accounts.all()}

    def account(self, name: str) -> Account:
        return next(account for account in self.accounts.all() if account.name == name)


@pytest.fixture
async def imports(site: Site) -> Imports:
    await site.set(actions=IMPORTS)
    return Imports(site)


def account(site: Site, user_name: str, **attributes: Any) -> str:
    """One there; its id."""
    id_ = site.target.add_user(user_name)
    site.target.users[id_] |= attributes
    return id_


def names(first: str, last: str) -> dict[str, Any]:
    return {"name": {"givenName": first, "familyName": last}}


ADA = {"userName": "Ada@example.test", "emails": [{"value": "a@x.test"}], **names("Ada", "Moss")}


@pytest.mark.parametrize(
    ("rules", "found", "match"),
    [
        (ImportRules(), {"userName": "ada@EXAMPLE.test"}, Match("1", "exact", "the same userName")),
        (ImportRules(), {"userName": "bo"}, Match("", "none", "nobody here has the same userName")),
        (
            ImportRules("email"),
            {"userName": "x", "emails": [{"value": "A@X.test"}]},
            Match("1", "exact", "the same e-mail address"),
        ),
        (
            ImportRules("email"),
            {"emails": [{"value": "both@x.test"}]},
            Match("", "none", "2 people here have the same e-mail address"),
        ),
        (
            ImportRules('appuser.login + "@example.test"'),
            {"userName": "ada"},
            Match("1", "exact", 'the same userName as appuser.login + "@example.test" gives'),
        ),
        (
            ImportRules(partial=True),
            {"userName": "x", **names("ADA", "moss")},
            Match("1", "partial", "the same first and last name"),
        ),
        (
            ImportRules(partial=True),
            {"userName": "x", **names("Bo", "Lind")},
            Match("", "none", "2 people here have the same first and last name"),
        ),
        (
            ImportRules(partial=True),
            {"userName": "x"},
            Match("", "none", "nobody here has the same userName, or the same first and last name"),
        ),
    ],
)
def test_an_account_is_matched_by_the_rule_of_its_application(
    rules: ImportRules, found: dict[str, Any], match: Match
) -> None:
    people = People()
    people.add("1", ADA)
    people.add("2", {"emails": [{"value": "both@x.test"}], **names("Bo", "Lind")})
    people.add("3", {"emails": [{"value": "both@x.test"}], **names("Bo", "Lind")})
    by_name = {"ada@example.test": "1"}
    matcher = Matcher(rules, lambda name: by_name.get(name.lower()), people, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    assert matcher.match(found) == match


async def test_an_exact_match_is_confirmed_assigned_and_linked_and_then_pushed_to(imports: Imports) -> None:
    site = imports.site
    ada = await site.user("ada", title="Countess")
    there = account(site, "ADA")
    assert (await imports.run()).done == {"confirm user": 1}
    link = site.ledger.link("User", ada.id)
    assert link is not None
    assert (link.target, link.state) == (there, "active")
    assert site.ledger.candidate(ada.id).assignment is not None
    assert await site.pushed() == ["update ADA"]
    assert site.target.users[there]["title"] == "Countess"
    await site.require_agreement()


async def test_who_was_pushed_from_here_is_confirmed_without_more(imports: Imports) -> None:
    await imports.site.people("ada", "bo")
    await imports.site.pushed()
    imported = await imports.run()
    assert (imported.done, imported.plan.scanned) == ({}, {"User": 2})
    assert {account.why for account in imports.accounts.all()} == {"pushed from here"}


async def test_a_plan_writes_nothing(imports: Imports) -> None:
    await imports.site.user("ada")
    account(imports.site, "ada")
    plan = await imports.build().plan()
    assert (plan.counts, plan.items[0].name) == ({"confirm user": 1}, "ada")
    assert (imports.accounts.all(), imports.site.ledger.linked_count()) == ([], 0)


async def test_a_second_import_of_the_same_has_nothing_to_do(imports: Imports) -> None:
    site = imports.site
    await site.set(imports=ImportRules(partial=True))
    await site.user("ada")
    await site.user("bo", **names("Bo", "Lind"))
    account(site, "ada")
    account(site, "bo.lind", **names("Bo", "Lind"))
    account(site, "stranger")
    assert (await imports.run()).done == {"confirm user": 1, "suggest user": 1, "hold user": 1}
    assert imports.states() == {"ada": "confirmed", "bo.lind": "suggested", "stranger": "unmatched"}
    assert (await imports.run()).done == {}


async def test_partial_matches_are_confirmed_only_where_the_rules_say_so(imports: Imports) -> None:
    site = imports.site
    await site.set(imports=ImportRules(partial=True, confirm="partial"))
    await site.user("bo", **names("Bo", "Lind"))
    account(site, "bo.lind", **names("Bo", "Lind"))
    assert (await imports.run()).done == {"confirm user": 1}


async def test_nothing_is_confirmed_where_the_rules_say_so(imports: Imports) -> None:
    await imports.site.set(imports=ImportRules(confirm="none"))
    await imports.site.user("ada")
    account(imports.site, "ada")
    assert (await imports.run()).done == {"suggest user": 1}
    assert imports.site.ledger.linked_count() == 0


async def test_inactive_accounts_are_neither_imported_nor_counted(imports: Imports) -> None:
    await imports.site.user("ada")
    account(imports.site, "ada", active=False)
    imported = await imports.run()
    assert (imported.done, imported.plan.scanned, imports.accounts.all()) == ({}, {}, [])


async def test_who_was_deactivated_there_has_not_gone(imports: Imports) -> None:
    await imports.site.user("ada")
    there = account(imports.site, "ada")
    await imports.run()
    imports.site.target.users[there]["active"] = False
    assert (await imports.run()).done == {}
    assert imports.states() == {"ada": "confirmed"}


async def test_two_accounts_are_never_one_persons(imports: Imports) -> None:
    site = imports.site
    await site.set(imports=ImportRules("email"))
    await site.user("ada", emails=[{"value": "a@x.test"}])
    for name in ("ada", "ada.admin"):
        account(site, name, emails=[{"value": "a@x.test"}])
    assert (await imports.run()).done == {"confirm user": 1, "hold user": 1}
    assert imports.account("ada.admin").why == "the same e-mail address as ada, as another account has"
    assert (await imports.run()).done == {"hold user": 1}
    assert imports.account("ada.admin").why == "the same e-mail address as ada, who has another account there"


class TestNewPeople:
    async def test_an_account_of_nobody_becomes_a_person_if_the_rules_say_so(self, imports: Imports) -> None:
        site = imports.site
        await site.set(imports=ImportRules(create="confirm"))
        account(site, "ada", title="Countess", externalId="x", groups=[{"value": "g"}], meta={"version": "1"})
        assert (await imports.run()).done == {"create user": 1}
        record = site.directory.lookup("User", "ada")
        assert record is not None
        document = orjson.loads(record.document)
        assert {key: document[key] for key in ("userName", "title", "active")} == {
            "userName": "ada",
            "title": "Countess",
            "active": True,
        }
        assert {"externalId", "groups", "meta"}.isdisjoint(document)
        (entry,) = await site.directory.journal(JournalQuery())
        assert entry.actor.principal == "import:slack"
        assert site.ledger.linked_count() == 1

    async def test_one_that_cannot_be_made_is_told_and_the_others_are(self, imports: Imports) -> None:
        site = imports.site
        await site.set(imports=ImportRules("email", create="confirm"))
        await site.user("ada")
        account(site, "ADA")
        account(site, "bo")
        imported = await imports.run()
        assert imported.done == {"create user": 1}
        assert [(problem.where, problem.reason) for problem in imported.problems] == [
            ('user "ADA"', 'Another user here has its userName "ADA".')
        ]
        assert imports.states() == {"ADA": "unmatched", "bo": "confirmed"}


class TestByHand:
    async def test_a_person_confirms(self, imports: Imports) -> None:
        site = imports.site
        bo = await site.user("bo")
        there = account(site, "robert")
        await imports.run()
        await imports.confirmation().confirm([imports.account("robert")._replace(person=bo.id)])
        link = site.ledger.link("User", bo.id)
        assert link is not None
        assert (link.target, imports.states()) == (there, {"robert": "confirmed"})
        assert (await imports.run()).done == {}

    async def test_what_is_somebody_elses_is_refused(self, imports: Imports) -> None:
        site = imports.site
        ada, bo = await site.user("ada"), await site.user("bo")
        account(site, "ada")
        account(site, "robert")
        await imports.run()
        with pytest.raises(Uniqueness, match='"ada" has another account there already, "ada"'):
            await imports.confirmation().confirm([imports.account("robert")._replace(person=ada.id)])
        with pytest.raises(Uniqueness, match='The account "ada" is that of "ada"'):
            await imports.confirmation().confirm([imports.account("ada")._replace(person=bo.id)])
        with pytest.raises(NotFound):
            await imports.confirmation().confirm([imports.account("robert")._replace(person="none")])
        assert site.ledger.linked_count() == 1

    async def test_an_ignored_account_stays_so(self, imports: Imports) -> None:
        account(imports.site, "robot")
        await imports.run()
        await imports.confirmation().ignore(imports.account("robot"))
        await imports.site.user("robot")
        assert (await imports.run()).done == {}
        assert imports.states() == {"robot": "ignored"}

    async def test_a_confirmed_account_is_not_ignored(self, imports: Imports) -> None:
        await imports.site.user("ada")
        account(imports.site, "ada")
        await imports.run()
        with pytest.raises(InvalidValue, match="unassign its person"):
            await imports.confirmation().ignore(imports.account("ada"))


class TestGone:
    async def test_an_account_that_is_gone_is_forgotten_and_its_link_is_marked(self, imports: Imports) -> None:
        site = imports.site
        ada = await site.user("ada")
        there = account(site, "ada")
        await imports.run()
        del site.target.users[there]
        assert (await imports.run()).done == {"remove user": 1}
        link = site.ledger.link("User", ada.id)
        assert link is not None
        assert (link.state, imports.accounts.all()) == ("gone", [])

    async def test_many_that_are_gone_are_refused_until_they_are_let_pass_by_name(self, imports: Imports) -> None:
        site = imports.site
        for number in range(20):
            account(site, f"p{number}")
        await imports.run()
        for id_ in list(itertools.islice(site.target.users, 11)):
            del site.target.users[id_]
        with pytest.raises(PlanRefused) as refused:
            await imports.run()
        assert refused.value.reasons == {
            "import-removals": "11 of the 20 accounts are not there any more: more than 20%."
        }
        assert len(imports.accounts.all()) == 20
        assert (await imports.run("import-removals")).done == {"remove user": 11}


class TestGroups:
    def add(self, site: Site, name: str, *members: str) -> str:
        id_ = f"g-{name}"
        site.target.groups[id_] = {"id": id_, "displayName": name}
        site.target.joined[id_] = set(members)
        return id_

    async def test_a_group_of_nobody_comes_with_those_of_its_members_who_are_here(self, imports: Imports) -> None:
        site = imports.site
        await site.set(imports=ImportRules(create="confirm", confirm="exact"))
        ada = await site.user("ada")
        there = [account(site, "ada"), account(site, "bo")]
        self.add(site, "Blue", *there, "nobody")
        assert (await imports.run()).done == {"confirm user": 1, "create user": 1, "create group": 1}
        blue = site.directory.lookup("Group", "Blue")
        assert blue is not None
        members = [member.id for member in await site.directory.members(blue.id)]
        assert members[:1] == [ada.id]
        assert len(members) == 2
        assert (await imports.run()).done == {}

    async def test_it_is_kept_as_it_is_there(self, imports: Imports) -> None:
        site = imports.site
        await site.set(imports=ImportRules(create="confirm"))
        ada, bo = account(site, "ada"), account(site, "bo")
        group = self.add(site, "Blue", ada)
        await imports.run()
        site.target.groups[group]["displayName"] = "Navy"
        site.target.joined[group] = {bo}
        assert (await imports.run()).done == {"members group": 1}
        navy = site.directory.lookup("Group", "Navy")
        assert navy is not None
        assert [member.display or member.id for member in await site.directory.members(navy.id)]
        link = site.ledger.linked("User", bo)
        assert link is not None
        assert [member.id for member in await site.directory.members(navy.id)] == [link.source]

    async def test_one_with_the_name_of_a_group_here_is_only_suggested_and_a_person_makes_it_a_push_group(
        self, imports: Imports
    ) -> None:
        site = imports.site
        blue = await site.group("blue")
        self.add(site, "Blue")
        assert (await imports.run()).done == {"suggest group": 1}
        await imports.confirmation().push(imports.account("Blue"))
        (push_group,) = site.applications.push_groups(site.application.id)
        assert (push_group.group, push_group.link_to) == (blue.id, "Blue")
        assert (await imports.run()).done == {}

    async def test_groups_that_were_pushed_from_here_are_left_alone(self, imports: Imports) -> None:
        site = imports.site
        (ada,) = await site.people("ada")
        blue = await site.group("Blue", ada)
        await imports.confirmation().push(Account("Group", "none", "Blue", person=blue.id))
        await imports.accounts.keep([], imports.accounts.all())
        await site.pushed()
        assert (await imports.run()).done == {}
        assert imports.states() == {"ada": "confirmed", "Blue": "confirmed"}


async def test_an_application_that_imports_nothing_says_so(imports: Imports) -> None:
    await imports.site.set(actions=Actions())
    with pytest.raises(InvalidValue, match="imports nothing: switch on"):
        await imports.run()
