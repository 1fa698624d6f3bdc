"""From a real OpenLDAP to a real server: thousands of people and their teams, then what changes in a day."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ldap3
import pytest

from provisioning.slapd import ADMIN, PASSWORD, PEOPLE, TEAMS, Slapd, binary, dn, person, team

from .conftest import Ours
from .site import ACTIONS, REALM, Directory, Site
from .tap import counts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(binary() is None, reason="there is no slapd: install the package slapd"),
]

MANY, TEAM = 5000, 25


class Company:
    """What the LDAP server is to hold: uid -> title, and team -> uids of its members."""

    def __init__(self) -> None:
        names = [f"p{number:04}" for number in range(MANY)]
        self.titles = dict.fromkeys(names, "Clerk")
        self.teams = {
            f"team{number:03}": set(names[number * TEAM : (number + 1) * TEAM]) for number in range(MANY // TEAM)
        }

    def entries(self) -> Iterator[str]:
        for uid, title in self.titles.items():
            yield person(uid, givenName="Given", title=title)
        for name, members in self.teams.items():
            yield team(name, *map(dn, sorted(members)))
        yield team("everybody", *(f"cn={name},{TEAMS}" for name in self.teams))

    @property
    def assigned(self) -> set[str]:
        """By the group everybody, which has the teams as its members."""
        return set().union(*self.teams.values()) & self.titles.keys()


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    folder = tmp_path / "slapd"
    folder.mkdir()
    server = Slapd(folder)
    yield server
    server.stop()


def require_agreement(company: Company, there: Directory) -> None:
    """Who is to be there is there once, active and with this title; others are inactive; teams have their people."""
    users = there.all("Users")
    active = {user["userName"]: user["title"] for user in users if user["active"]}
    assert active == {uid: company.titles[uid] for uid in company.assigned}
    assert len({user["userName"] for user in users}) == len(users)
    names = {user["id"]: user["userName"] for user in users}
    listed = there.all("Groups")
    teams = {
        group["displayName"]: {names[member["value"]] for member in group.get("members") or ()} & active.keys()
        for group in listed
    }
    assert len(teams) == len(listed)
    assert {name: members for name, members in teams.items() if members} == {
        name: members & company.assigned for name, members in company.teams.items()
    }


def modify(slapd: Slapd, name: str, **changes: Any) -> None:
    with slapd.admin() as admin:
        admin.modify(name, changes)


def test_a_company_is_imported_pushed_and_followed(site: Site, slapd: Slapd, ours: Ours) -> None:
    company = Company()
    slapd.start(company.entries())
    # No made-up passwords: the target would hash every one of them, 20 ms each.
    site.begin(ours.tap.url, ours.token, "--parallel", "16", "--passwords", "none", *ACTIONS)
    password = site.installation.folder / "ldap-password"
    password.write_text(PASSWORD)
    place = ("--ldap", slapd.url, "--no-ldap-start-tls", "--ldap-users", PEOPLE, "--ldap-groups", TEAMS)
    signing = ("--ldap-bind-dn", ADMIN, "--ldap-password-file", str(password))
    site.command("source", "create", REALM, "company", *place, *signing)
    site.command("source", "test", REALM, "company")
    site.command("source", "import", REALM, "company")
    site.assign(groups=["everybody"])
    site.of_application("push-group", "add", "teams", "--starts-with", "team")
    assert site.push().counts == {"create": MANY, "create group": MANY // TEAM}
    require_agreement(company, ours.there)
    sent = counts(ours.tap.take())
    assert (sent["GET /Users"], sent["POST /Users"]) == (MANY, MANY)
    assert (sent["GET /Groups"], sent["POST /Groups"]) == (MANY // TEAM, MANY // TEAM)

    site.command("source", "import", REALM, "company")
    assert (site.push().counts, site.push("--everything").counts, ours.tap.take()) == ({}, {}, [])

    # One gets a title, one leaves, one is renamed, one joins, a team is dissolved.
    modify(slapd, dn("p0000"), title=[(ldap3.MODIFY_REPLACE, ["Boss"])])
    with slapd.admin() as admin:
        admin.delete(dn("p0001"))
        admin.modify_dn(dn("p0002"), "uid=renamed")
        admin.modify(f"cn=team000,{TEAMS}", {"member": [(ldap3.MODIFY_REPLACE, [dn("renamed"), dn("p0000")])]})
        admin.add(dn("new"), "inetOrgPerson", {"cn": "New", "sn": "New", "uid": "new", "title": "Clerk"})
        admin.modify(f"cn=team001,{TEAMS}", {"member": [(ldap3.MODIFY_ADD, [dn("new")])]})
        admin.delete(f"cn=team002,{TEAMS}")
    company.titles |= {"p0000": "Boss", "renamed": "Clerk", "new": "Clerk"}
    for gone in ("p0001", "p0002"):
        del company.titles[gone]
    company.teams["team000"] = {"renamed", "p0000"}
    company.teams["team001"].add("new")
    del company.teams["team002"]
    site.command("source", "import", REALM, "company")
    done = site.push().counts
    assert (done["create"], done["rename"], done["update"]) == (1, 1, 1)
    # team000 has lost 23 people, team002 all.
    assert done["deactivate"] == TEAM + TEAM - 2
    require_agreement(company, ours.there)
    ours.tap.take()
    site.command("source", "import", REALM, "company", "--everything")
    assert (site.push("--everything").counts, ours.tap.take()) == ({}, [])
