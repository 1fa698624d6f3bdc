"""Sources as JSON documents, their administration, and what their names mean."""

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scimbridge.access.secrets import Secrets
from scimbridge.access.sources import Sources
from scimbridge.adapters.seal import FileSeal
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.sources import SqliteSources
from scimbridge.provisioning.mapping import AttributeMapping
from scimbridge.provisioning.sources.administration import SourceAdministration
from scimbridge.provisioning.sources.settings import change_source, source_from_document, source_to_document
from scimbridge.provisioning.sources.usual import LDAP_MAPPINGS, SCIM_MAPPINGS, effective, identifier
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness

from .engine import Site

CSV = {"csv": {"path": "/srv/people.csv"}}
LDAP = {"ldap": {"url": "ldaps://ldap.example.test", "userBase": "ou=people"}}
SCIM = {"scim": {"url": "https://old.example.test/scim/v2"}}


def read(settings: dict[str, Any]) -> Any:
    return source_from_document({"id": "s1", "name": "hr", **settings})


@pytest.mark.parametrize("settings", [CSV, LDAP, SCIM])
def test_a_document_that_is_read_and_written_is_the_same(settings: dict[str, Any]) -> None:
    source = read(settings)
    document = source_to_document(source)
    assert source_from_document(document) == source
    assert [kind for kind in ("csv", "ldap", "scim") if kind in document] == list(settings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, 'exactly one of the settings "csv", "ldap" and "scim"'),
        ({**CSV, **LDAP}, 'exactly one of the settings "csv", "ldap" and "scim"'),
        ({"csv": {}}, '"csv.path" is required'),
        ({"csv": {"path": "x", "delimiter": "ab"}}, '"csv.delimiter" must be one character'),
        ({"ldap": {**LDAP["ldap"], "url": "https://x"}}, '"ldap.url" must be the URL of an LDAP server'),
        ({"ldap": {**LDAP["ldap"], "url": "ldaps://x/dc=y"}}, '"ldap.url" must be the URL of an LDAP server'),
        ({"ldap": {**LDAP["ldap"], "url": "ldaps://u:p@x"}}, '"ldap.url" must be the URL of an LDAP server'),
        ({"ldap": {**LDAP["ldap"], "userFilter": "(uid=*"}}, '"ldap.userFilter" must be an LDAP filter'),
        ({"ldap": {**LDAP["ldap"], "userFilter": "(a=1)(b=2)"}}, '"ldap.userFilter" must be an LDAP filter'),
        ({"ldap": {**LDAP["ldap"], "userFilter": "uid=*"}}, '"ldap.userFilter" must be an LDAP filter'),
        (
            {"ldap": {**LDAP["ldap"], "url": "ldap://ldap.example.test", "startTls": False}},
            '"ldap.startTls" must be true with ldap://ldap.example.test',
        ),
        ({"scim": {"url": "http://old.example.test"}}, '"scim.url" must be an https URL'),
        ({**CSV, "mappings": [{"target": "titel", "expression": "appuser.x"}]}, "did you mean title"),
        ({**CSV, "mappings": [{"target": "titel", "expression": ""}]}, "did you mean title"),
        ({**CSV, "mappings": [{"target": "title", "expression": "nope("}]}, '"mappings": "title": Character'),
        ({**CSV, "mappings": [{"target": "groups", "expression": "appuser.x"}]}, "groups are imported as groups"),
        ({**CSV, "onLeave": "forget"}, '"onLeave" must be one of deactivate, delete, leave'),
        ({**CSV, "schedule": "hourly"}, '"schedule" must be a cron expression'),
        ({**CSV, "safeguards": {"share": 2}}, '"safeguards.share" must be a number from 0 to 1'),
        ({**CSV, "colour": "blue"}, 'There is no setting "colour"'),
    ],
)
def test_a_setting_that_is_not_right_is_named_with_its_rule(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read(settings)
    assert sentence in refused.value.detail


def test_an_ldap_server_on_this_machine_needs_no_tls() -> None:
    server = {**LDAP["ldap"], "url": "ldap://127.0.0.1:1389", "startTls": False}
    assert read({"ldap": server}).ldap.start_tls is False


def test_active_may_be_mapped() -> None:
    mapping = {"target": "active", "expression": 'appuser.status == "A"'}
    assert read({**CSV, "mappings": [mapping]}).mappings[0].target == "active"


def test_a_change_names_what_is_different() -> None:
    source = read({**CSV, "schedule": "0 * * * *"})
    changed = change_source(source, {"csv": {"key": "id"}, "schedule": None})
    assert (changed.csv.key, changed.csv.path, changed.schedule) == ("id", "/srv/people.csv", "")  # type: ignore[union-attr]
    assert change_source(source, {"csv": None, **LDAP}).kind == "ldap"
    with pytest.raises(InvalidValue, match='"id" cannot be changed'):
        change_source(source, {"id": "other"})


def test_own_mappings_take_the_place_of_usual_ones_of_the_same_target_and_empty_ones_take_them_out() -> None:
    usual = (
        AttributeMapping("userName", "appuser.login"),
        AttributeMapping('emails[type eq "work"].value', "appuser.mail"),
    )
    own = (AttributeMapping("emails.^[type=='work'].value", "appuser.other"), AttributeMapping("USERNAME", ""))
    assert effective(usual, own) == (own[0],)


@pytest.mark.parametrize("mappings", [LDAP_MAPPINGS, SCIM_MAPPINGS])
def test_the_usual_mappings_are_ones_that_settings_take(mappings: tuple[AttributeMapping, ...]) -> None:
    documents = [{"target": mapping.target, "expression": mapping.expression} for mapping in mappings]
    assert len(read({**CSV, "mappings": documents}).mappings) == len(mappings)


@pytest.mark.parametrize(
    ("name", "written"), [("First Name", "First_Name"), ("e-mail", "e_mail"), ("2nd", "_2nd"), ("Prénom", "Prénom")]
)
def test_a_column_is_written_in_expressions_without_other_letters(name: str, written: str) -> None:
    assert identifier(name) == written


@pytest.fixture
async def administration(site: Site, tmp_path: Path) -> SourceAdministration:
    access = SqliteAccessStore(site.database)

    async def no_key() -> str:
        return ""

    numbers = itertools.count(1)
    environment = Sources(lambda: datetime(2026, 1, 1, tzinfo=UTC), lambda: f"s{next(numbers)}", lambda: "", no_key)
    secrets = Secrets(access.access("acme"), "acme", environment, FileSeal(tmp_path / "key"))
    return SourceAdministration(SqliteSources(site.database, "acme"), "acme", secrets, environment)


async def test_secrets_are_sealed_and_nowhere_else(administration: SourceAdministration, site: Site) -> None:
    ldap = {"ldap": {**LDAP["ldap"], "password": "hush-hush"}}
    source = await administration.create("ldap", ldap, actor="ada")
    assert administration.secret(source) == "hush-hush"
    scim = {"scim": {**SCIM["scim"], "authentication": {"secret": "hush-2"}}}
    assert administration.secret(await administration.create("scim", scim, actor="ada")) == "hush-2"
    dumped = site.database.reader.execute("SELECT settings FROM source").fetchall()
    events = [event_.detail for event_ in SqliteAccessStore(site.database).events()]
    assert "hush" not in f"{dumped} {events} {source}"


async def test_the_password_of_one_server_is_not_kept_for_another_kind(administration: SourceAdministration) -> None:
    await administration.create("hr", {"ldap": {**LDAP["ldap"], "password": "hush-hush"}}, actor="ada")
    changed = await administration.change("hr", {"ldap": {"pageSize": 7}}, actor="ada")
    assert administration.secret(changed) == "hush-hush"
    changed = await administration.change("hr", {"ldap": None, **SCIM}, actor="ada")
    assert administration.secret(changed) == ""


async def test_names_are_taken_once_and_what_is_not_there_is_said(administration: SourceAdministration) -> None:
    await administration.create("hr", CSV, actor="ada")
    with pytest.raises(Uniqueness, match='There is a source "hr" already'):
        await administration.create("hr", CSV, actor="ada")
    for attempt in (administration.change("none", {}, actor="ada"), administration.delete("none", actor="ada")):
        with pytest.raises(NotFound, match='There is no source "none" in the realm "acme"'):
            await attempt
    await administration.delete("hr", actor="ada")
    assert administration.list() == []
