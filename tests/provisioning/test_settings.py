"""Settings of applications, assignments and push groups: read, written, refused by name."""

from typing import Any

import pytest

from scimbridge.provisioning.application import Actions, Application, Assignment, PushGroup
from scimbridge.provisioning.assignment_settings import assignment_from_document, assignment_to_document
from scimbridge.provisioning.push_group_settings import (
    change_push_group,
    push_group_from_document,
    push_group_to_document,
)
from scimbridge.provisioning.settings import (
    application_from_document,
    application_to_document,
    change_application,
    split_secret,
)
from scimbridge.scim.errors import InvalidValue

URL = "https://sp.example.test/scim/v2"
MINIMAL: dict[str, Any] = {"id": "a1", "name": "slack"}
FULL: dict[str, Any] = {
    "id": "a1",
    "name": "slack",
    "label": "Slack",
    "enabled": False,
    "saml": {
        "ssoUrl": "https://sp.example.test/acs",
        "audience": "urn:sp",
        "recipient": "r",
        "destination": "d",
        "relayState": "s",
        "nameIdFormat": "transient",
        "applicationUsername": "user.email",
    },
    "connection": {
        "url": URL,
        "authentication": {
            "scheme": "oauth2",
            "username": "client",
            "prefix": "Bearer",
            "tokenUrl": "https://id.example.test/token",
            "scope": "scim",
            "audience": "aud",
        },
        "style": "catalogue",
        "preset": "",
        "uniqueAttribute": "externalId",
        "timeout": 5.0,
        "caFile": "/etc/ca.pem",
        "parallel": 4,
        "rate": 10.0,
    },
    "actions": {
        "pushNewUsers": True,
        "pushProfileUpdates": True,
        "deactivateUsers": True,
        "pushGroups": True,
        "importUsers": True,
        "importGroups": True,
    },
    "passwords": "sync",
    "mappings": [{"target": "userName", "expression": "user.login", "apply": "create"}],
    "onUnassign": "leave",
    "onMatch": "task",
    "pushNulls": False,
    "excludeUsernameUpdates": True,
    "safeguards": {
        "deactivations": 0.1,
        "deactivationsCount": 5,
        "emptySource": False,
        "importRemovals": 0.3,
    },
    "imports": {"match": "appuser.email", "partial": True, "confirm": "partial", "create": "confirm"},
    "schedule": "0 3 * * 1-5",
    "importSchedule": "*/15 * * * *",
    "verify": True,
    "custom": {"region": "eu"},
    "revision": 7,
}


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(InvalidValue) as caught:
        application_from_document(document)
    return caught.value.detail


class TestApplication:
    def test_every_setting_can_be_set_and_is_told_again(self) -> None:
        assert application_to_document(application_from_document(FULL)) == FULL
        differing = [key for key in FULL if key not in MINIMAL and FULL[key] == _defaults()[key]]
        assert differing == []

    def test_what_is_not_there_is_the_default(self) -> None:
        assert application_from_document(MINIMAL) == Application("a1", "slack")

    def test_null_is_no_connection(self) -> None:
        assert application_from_document(MINIMAL | {"saml": None, "connection": None}) == Application("a1", "slack")

    def test_a_base_url_ends_without_a_slash(self) -> None:
        application = application_from_document(MINIMAL | {"connection": {"url": f"{URL}/"}})
        assert application.connection is not None
        assert application.connection.url == URL

    @pytest.mark.parametrize("url", [URL, "http://localhost:8080/scim", "http://127.0.0.1/", "https://[::1]/scim"])
    def test_a_connection_is_secure_or_to_this_machine(self, url: str) -> None:
        assert application_from_document(MINIMAL | {"connection": {"url": url}}).connection is not None

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({"name": "a/b"}, '"name"'),
            ({"colour": "red"}, 'no setting "colour"'),
            ({"label": 1}, '"label" must be a string'),
            ({"connection": {}}, '"connection.url" is required'),
            ({"connection": {"url": "http://sp.example.test/scim"}}, '"connection.url" must be an https URL'),
            ({"connection": {"url": "https://u:p@sp.example.test/"}}, '"connection.url" must be an https URL'),
            ({"connection": {"url": f"{URL}?x=1"}}, '"connection.url" must be a base URL'),
            ({"connection": {"url": f"{URL}#x"}}, '"connection.url" must be a base URL'),
            ({"connection": {"url": "https://sp:nan/"}}, '"connection.url" must be a URL'),
            ({"connection": {"url": URL, "style": "x"}}, '"connection.style" must be one of auto, wizard, catalogue'),
            ({"connection": {"url": URL, "preset": "nonesuch"}}, '"connection.preset": There is no preset'),
            ({"connection": {"url": URL, "uniqueAttribute": "shoeSize"}}, '"connection.uniqueAttribute"'),
            ({"connection": {"url": URL, "timeout": 0}}, '"connection.timeout" must be a number of seconds'),
            ({"connection": {"url": URL, "parallel": 65}}, '"connection.parallel" must be a whole number from 1 to 64'),
            ({"connection": {"url": URL, "rate": -1}}, '"connection.rate" must be a number of requests a second'),
            ({"connection": {"url": URL, "rate": float("nan")}}, '"connection.rate"'),
            (
                {"connection": {"url": URL, "authentication": {"scheme": "oauth2", "username": "c"}}},
                '"connection.authentication.tokenUrl" is required with the scheme oauth2',
            ),
            (
                {"connection": {"url": URL, "authentication": {"scheme": "basic"}}},
                '"connection.authentication.username" is required with the scheme basic',
            ),
            (
                {"connection": {"url": URL, "authentication": {"username": "ada"}}},
                '"connection.authentication.username" must be empty with the scheme header',
            ),
            (
                {"connection": {"url": URL, "authentication": {"prefix": "Bear er\r\n"}}},
                '"connection.authentication.prefix" must be one word',
            ),
            (
                {"connection": {"url": URL, "authentication": {"secret": "x"}}},
                'no setting "connection.authentication.secret"',
            ),
            ({"actions": {"pushGroups": True}}, '"actions.pushGroups" needs a "connection"'),
            ({"passwords": "sync"}, '"passwords" needs a "connection"'),
            ({"mappings": []}, '"mappings": "userName"'),
            ({"mappings": [{"target": "userName", "expression": "user.login +"}]}, '"mappings": "userName"'),
            ({"mappings": [{"target": "userName"}]}, '"mappings[0].expression" is required'),
            (
                {"mappings": [{"target": name, "expression": "user.login"} for name in ("userName", "shoeSize")]},
                '"mappings": "shoeSize"',
            ),
            ({"safeguards": {"deactivations": 1.5}}, '"safeguards.deactivations" must be a number from 0 to 1'),
            ({"imports": {"match": "appuser."}}, '"imports.match"'),
            ({"saml": {"ssoUrl": "https://sp.example.test/acs"}}, '"saml.audience" is required'),
            (
                {"saml": {"ssoUrl": URL, "audience": "x", "applicationUsername": "user."}},
                '"saml.applicationUsername"',
            ),
            ({"schedule": "at noon"}, '"schedule" must be a cron expression of five fields'),
            ({"schedule": "61 * * * *"}, '"schedule" must be a cron expression'),
            ({"schedule": "* * * * * *"}, '"schedule" must be a cron expression of five fields'),
            ({"importSchedule": "0 * * * *"}, '"importSchedule" needs "actions.importUsers"'),
            ({"verify": True, "schedule": ""}, '"verify" needs a "schedule"'),
        ],
    )
    def test_what_is_wrong_is_refused_by_name(self, settings: dict[str, Any], told: str) -> None:
        assert told in refusal(MINIMAL | settings)

    def test_every_mapping_that_is_wrong_is_told(self) -> None:
        told = refusal(MINIMAL | {"mappings": [{"target": name, "expression": "("} for name in ("groups", "nope")]})
        assert '"groups"' in told
        assert '"nope"' in told


class TestChange:
    def test_what_is_named_is_different_and_null_is_the_default(self) -> None:
        application = application_from_document(FULL)
        change = {"label": None, "actions": {"pushGroups": False}, "custom": {"tier": 3, "region": None}}
        changed = change_application(application, change)
        assert changed.label == ""
        assert changed.actions == Actions(**dict.fromkeys(Actions.__annotations__, True) | {"push_groups": False})
        assert changed.custom == {"tier": 3}
        assert changed.connection == application.connection

    @pytest.mark.parametrize("key", ["id", "revision"])
    def test_what_the_store_counts_cannot_be_changed(self, key: str) -> None:
        application = application_from_document(FULL)
        assert change_application(application, {key: FULL[key]}) == application
        with pytest.raises(InvalidValue, match=key):
            change_application(application, {key: 99})
        with pytest.raises(InvalidValue, match=key):
            change_application(application, {key: None})

    def test_a_connection_is_not_taken_away_while_actions_need_it(self) -> None:
        with pytest.raises(InvalidValue, match="needs a"):
            change_application(application_from_document(FULL), {"connection": None})


class TestSecret:
    def test_it_is_taken_out_of_settings(self) -> None:
        settings = {"connection": {"url": URL, "authentication": {"prefix": "", "secret": "hush"}}, "label": "x"}
        rest = {"connection": {"url": URL, "authentication": {"prefix": ""}}, "label": "x"}
        assert split_secret(settings) == (rest, "hush")
        assert split_secret(rest) == (rest, None)

    @pytest.mark.parametrize("settings", [{}, {"connection": None}, {"connection": {"authentication": 3}}])
    def test_settings_without_one_are_left_as_they_are(self, settings: dict[str, Any]) -> None:
        assert split_secret(settings) == (settings, None)

    @pytest.mark.parametrize("secret", ["", 3, None, "hush\n"])
    def test_it_is_a_text(self, secret: object) -> None:
        with pytest.raises(InvalidValue, match=r"connection\.authentication\.secret"):
            split_secret({"connection": {"authentication": {"secret": secret}}})


class TestAssignment:
    def test_it_is_told_as_it_was_read(self) -> None:
        overrides = {"title": "Guest", 'emails[type eq "work"].value': {"expression": "user.login"}, "nickName": ""}
        document = {"type": "Group", "id": "g1", "priority": -3, "overrides": overrides}
        assert assignment_from_document(document) == Assignment("Group", "g1", -3, overrides)
        assert assignment_to_document(Assignment("Group", "g1", -3, overrides)) == document

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({"type": "Role"}, '"type" must be one of User, Group'),
            ({"priority": "high"}, '"priority" must be a whole number'),
            ({"overrides": {"shoeSize": 41}}, '"overrides.shoeSize": User has no attribute'),
            ({"overrides": {"active": False}}, "active is not to be set here"),
            ({"overrides": {"title": {"expression": "user."}}}, '"overrides.title"'),
            ({"overrides": {"title": {"value": "x"}}}, '"overrides.title": An override is'),
        ],
    )
    def test_what_is_wrong_is_refused_by_name(self, settings: dict[str, Any], told: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            assignment_from_document({"type": "User", "id": "u1"} | settings)
        assert told in caught.value.detail


class TestPushGroup:
    @pytest.mark.parametrize(
        "push_group",
        [
            PushGroup("Sales", group="g1", link_to="sales-team", rename=False, active=False),
            PushGroup("all", attribute="description", operator="equals", value="Team"),
        ],
    )
    def test_it_is_told_as_it_was_read(self, push_group: PushGroup) -> None:
        assert push_group_from_document(push_group_to_document(push_group)) == push_group

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({}, 'exactly one of "group"'),
            ({"value": "  "}, 'exactly one of "group"'),
            ({"value": "x", "group": "g1"}, 'exactly one of "group"'),
            ({"value": "x", "linkTo": "y"}, '"linkTo" needs "group"'),
            ({"value": "x", "operator": "like"}, '"operator" must be one of'),
        ],
    )
    def test_what_is_wrong_is_refused_by_name(self, settings: dict[str, Any], told: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            push_group_from_document({"name": "x"} | settings)
        assert told in caught.value.detail

    def test_a_change_changes_what_it_names_but_not_the_name(self) -> None:
        rule = PushGroup("all", value="team")
        assert change_push_group(rule, {"active": False}) == PushGroup("all", value="team", active=False)
        with pytest.raises(InvalidValue, match="name"):
            change_push_group(rule, {"name": "other"})


def _defaults() -> dict[str, Any]:
    return application_to_document(Application("", "")) | {"saml": None, "connection": None}
