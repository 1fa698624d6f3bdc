"""The settings of an application as options of a command, in Okta's words."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scimbridge.access.readers import camel
from scimbridge.cli.file import read_secret
from scimbridge.cli.output import Refused
from scimbridge.cli.parameter import option
from scimbridge.cli.setting import Setting, Table, options_of, read_absolute, read_document, read_pairs, reference_of
from scimbridge.provisioning.connection_settings import OF_SCHEME


def _switch(name: str, help: str, place: str) -> Setting:  # noqa: A002
    return Setting(bool, f"--{name}/--no-{name}", help, place)


_SIGN_IN = "connection.authentication"

_TABLE: Table = {
    "label": Setting(str, "--label", "A name for people.", "label"),
    "enabled": Setting(bool, "--enabled/--disabled", "Whether anything is pushed or imported at all.", "enabled"),
    "url": Setting(
        str, "--url", "SCIM connector base URL, e.g. https://kc.example.com/realms/acme/scim/v2.", "connection.url"
    ),
    "preset": Setting(
        str,
        "--preset",
        "What is known of the target: keycloak-26.7, aws, slack, ... (docs/reference/presets.md).",
        "connection.preset",
    ),
    "style": Setting(
        str,
        "--style",
        "auto: the fewest requests that the target takes; wizard, catalogue: word for word what Okta's two kinds send.",
        "connection.style",
    ),
    "unique_attribute": Setting(
        str,
        "--unique-attribute",
        "Unique identifier field for users: what they are looked up by.",
        "connection.uniqueAttribute",
    ),
    "authentication": Setting(
        str, "--authentication", "basic, header or oauth2 (client credentials).", f"{_SIGN_IN}.scheme"
    ),
    "username": Setting(str, "--username", "User name (basic), or client id (oauth2).", f"{_SIGN_IN}.username"),
    "secret": Setting(
        Path,
        "--secret-file",
        "A file with the password, token or client secret; it is sealed and never shown.",
        f"{_SIGN_IN}.secret",
        read_secret,
    ),
    "prefix": Setting(
        str, "--prefix", "Word before the token (header); '' sends the token alone.", f"{_SIGN_IN}.prefix"
    ),
    "token_url": Setting(str, "--token-url", "Token endpoint (oauth2).", f"{_SIGN_IN}.tokenUrl", metavar="URL"),
    "scope": Setting(str, "--scope", "Scope that is asked for (oauth2).", f"{_SIGN_IN}.scope"),
    "audience": Setting(str, "--audience", "Audience that is asked for (oauth2).", f"{_SIGN_IN}.audience"),
    "timeout": Setting(float, "--timeout", "Seconds that the target has for one answer.", "connection.timeout"),
    "ca_file": Setting(
        Path,
        "--ca-file",
        "Certificates in PEM that the target's is checked against.",
        "connection.caFile",
        read_absolute,
    ),
    "parallel": Setting(int, "--parallel", "Most requests at once.", "connection.parallel"),
    "rate": Setting(float, "--rate", "Most requests a second; 0 for no limit but the preset's.", "connection.rate"),
    "push_new_users": _switch("push-new-users", "Push new users.", "actions.pushNewUsers"),
    "push_profile_updates": _switch("push-profile-updates", "Push profile updates.", "actions.pushProfileUpdates"),
    "deactivate_users": _switch("deactivate-users", "Deactivate users who are unassigned.", "actions.deactivateUsers"),
    "push_groups": _switch("push-groups", "Push groups.", "actions.pushGroups"),
    "import_users": _switch("import-users", "Import new users and profile updates.", "actions.importUsers"),
    "import_groups": _switch("import-groups", "Import groups.", "actions.importGroups"),
    "passwords": Setting(
        str,
        "--passwords",
        "random: a create carries a generated one; sync: those that are set here follow; none.",
        "passwords",
    ),
    "on_unassign": Setting(
        str, "--on-unassign", "What becomes of who is unassigned: deactivate, delete or leave.", "onUnassign"
    ),
    "on_match": Setting(
        str,
        "--on-match",
        "What becomes of who is there already under that name: link takes over, task asks you.",
        "onMatch",
    ),
    "push_nulls": _switch("push-nulls", "Clear there what is empty here.", "pushNulls"),
    "exclude_username_updates": _switch(
        "exclude-username-updates", "Leave the user name there as it is when it changes here.", "excludeUsernameUpdates"
    ),
    "max_deactivations": Setting(
        float,
        "--max-deactivations",
        "A plan is refused that deactivates or deletes a greater share of those who are provisioned: 0.2 is a fifth.",
        "safeguards.deactivations",
    ),
    "max_deactivations_count": Setting(
        int,
        "--max-deactivations-count",
        "The same as a number of people; 0 for no such limit.",
        "safeguards.deactivationsCount",
    ),
    "empty_source": Setting(
        bool,
        "--refuse-empty-source/--allow-empty-source",
        "Refuse a plan in which nobody is assigned any more.",
        "safeguards.emptySource",
    ),
    "max_import_removals": Setting(
        float,
        "--max-import-removals",
        "An import is refused in which a greater share is missing.",
        "safeguards.importRemovals",
    ),
    "schedule": Setting(
        str,
        "--schedule",
        "When everything is compared: a cron expression in UTC; '' for never.",
        "schedule",
        metavar="CRON",
    ),
    "verify": _switch("verify", "The full comparison reads the target, and heals what others changed there.", "verify"),
    "import_schedule": Setting(str, "--import-schedule", "When people are imported.", "importSchedule", metavar="CRON"),
    "import_match": Setting(
        str,
        "--import-match",
        "How accounts are matched: userName, email, or an expression over appuser.",
        "imports.match",
    ),
    "import_partial": _switch("import-partial", "Suggest who has the same first and last name.", "imports.partial"),
    "import_confirm": Setting(
        str,
        "--import-confirm",
        "Which matches are confirmed without a person: none, exact, partial.",
        "imports.confirm",
    ),
    "import_create": Setting(
        str,
        "--import-create",
        "An account that matches nobody: hold waits for you, confirm makes a person.",
        "imports.create",
    ),
    "sso_url": Setting(str, "--sso-url", "SAML single sign-on URL.", "saml.ssoUrl", metavar="URL"),
    "audience_uri": Setting(str, "--audience-uri", "SAML audience URI (SP entity id).", "saml.audience", metavar="URI"),
    "recipient": Setting(str, "--recipient", "SAML recipient URL, if not the single sign-on URL.", "saml.recipient"),
    "destination": Setting(
        str, "--destination", "SAML destination URL, if not the single sign-on URL.", "saml.destination"
    ),
    "relay_state": Setting(str, "--relay-state", "SAML default RelayState.", "saml.relayState"),
    "name_id_format": Setting(
        str,
        "--name-id-format",
        "SAML name ID: unspecified, emailAddress, x509SubjectName, persistent or transient.",
        "saml.nameIdFormat",
    ),
    "application_username": Setting(
        str, "--application-username", "SAML application username, an expression.", "saml.applicationUsername"
    ),
    "custom": Setting(
        list[str],
        "--custom",
        'A value that expressions read as app.NAME; "NAME=" takes it out. Repeatable.',
        "custom",
        read_pairs,
        "NAME=VALUE",
    ),
}

OPTIONS = (
    *options_of(_TABLE),
    option("no_provisioning", bool, "--no-provisioning", "Take the SCIM connection away; what was pushed stays there."),
    option("no_saml", bool, "--no-saml", "Take the SAML settings away."),
)


def read_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as a change to an application's document. Raises Refused."""
    given = dict(options)
    taken = {place: given.pop(name, None) for name, place in (("no_provisioning", "connection"), ("no_saml", "saml"))}
    document = read_document(_TABLE, given)
    for place, wanted in taken.items():
        if not wanted:
            continue
        if named := _given(given, place):
            raise Refused(f"{named[0]} goes with what you take away.")
        document[place] = None
    return _with_scheme(document)


def reference_table(defaults: Mapping[str, Any]) -> str:
    """docs/reference/applications.md holds it word for word."""
    return reference_of(_TABLE, defaults)


def _with_scheme(document: dict[str, Any]) -> dict[str, Any]:
    """Another way to sign in takes away what belongs to the former one."""
    authentication = (document.get("connection") or {}).get("authentication") or {}
    own = OF_SCHEME.get(authentication.get("scheme", ""))
    if own is not None:
        others = frozenset[str]().union(*OF_SCHEME.values()) - own
        authentication |= {camel(field): None for field in others if camel(field) not in authentication}
    return document


def _given(options: Mapping[str, Any], place: str) -> Sequence[str]:
    """The options below a place that were given, as they are written."""
    rows = [_TABLE[name] for name, value in options.items() if value is not None and name in _TABLE]
    return [row.declaration for row in rows if row.place.startswith(f"{place}.")]
