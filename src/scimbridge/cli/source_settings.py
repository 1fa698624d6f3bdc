"""The settings of a source as options of a command."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scimbridge.cli.file import read_secret
from scimbridge.cli.output import Refused
from scimbridge.cli.setting import Setting, Table, options_of, read_absolute, read_document


def _read_mappings(texts: Sequence[str]) -> list[dict[str, str]]:
    """ATTRIBUTE=EXPRESSION; the attribute may hold a filter, so the last `=` before a value's sign does not count."""
    mappings = []
    for text in texts:
        target, found, expression = _split(text)
        if not target or not found:
            raise Refused(f'"{text}" is to be ATTRIBUTE=EXPRESSION, such as title=appuser.position.')
        mappings.append({"target": target, "expression": expression})
    return mappings


def _split(text: str) -> tuple[str, str, str]:
    """At the first `=` outside brackets."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == "=" and depth == 0:
            return text[:place].strip(), "=", text[place + 1 :].strip()
    return text, "", ""


_SIGN_IN = "scim.authentication"

_TABLE: Table = {
    "enabled": Setting(bool, "--enabled/--disabled", "Whether it is imported from.", "enabled"),
    "csv": Setting(Path, "--csv", "A CSV file in UTF-8 with names in its first line.", "csv.path", read_absolute),
    "csv_key": Setting(
        str, "--csv-key", "The column that never changes for a person; '' for the one that is the userName.", "csv.key"
    ),
    "csv_delimiter": Setting(str, "--csv-delimiter", "What stands between values.", "csv.delimiter"),
    "csv_groups": Setting(str, "--csv-groups", "The column with the names of a person's groups.", "csv.groups"),
    "csv_group_separator": Setting(
        str, "--csv-group-separator", "What stands between the names of groups.", "csv.groupSeparator"
    ),
    "ldap": Setting(
        str, "--ldap", "An LDAP server: ldaps://HOST, or ldap://HOST with StartTLS.", "ldap.url", metavar="URL"
    ),
    "ldap_bind_dn": Setting(str, "--ldap-bind-dn", "Who signs in; '' for nobody.", "ldap.bindDn", metavar="DN"),
    "ldap_password": Setting(
        Path,
        "--ldap-password-file",
        "A file with the password; it is sealed and never shown.",
        "ldap.password",
        read_secret,
    ),
    "ldap_start_tls": Setting(
        bool, "--ldap-start-tls/--no-ldap-start-tls", "Off only for this machine itself.", "ldap.startTls"
    ),
    "ldap_ca_file": Setting(
        Path,
        "--ldap-ca-file",
        "Certificates in PEM that the server's is checked against.",
        "ldap.caFile",
        read_absolute,
    ),
    "ldap_users": Setting(str, "--ldap-users", "Where the people are.", "ldap.userBase", metavar="DN"),
    "ldap_user_filter": Setting(str, "--ldap-user-filter", "Which entries are people.", "ldap.userFilter"),
    "ldap_groups": Setting(str, "--ldap-groups", "Where the groups are; '' for none.", "ldap.groupBase", metavar="DN"),
    "ldap_group_filter": Setting(str, "--ldap-group-filter", "Which entries are groups.", "ldap.groupFilter"),
    "ldap_group_name": Setting(str, "--ldap-group-name", "The attribute with a group's name.", "ldap.groupName"),
    "ldap_key": Setting(
        str, "--ldap-key", "The attribute that never changes: entryUUID, objectGUID (Active Directory).", "ldap.key"
    ),
    "ldap_page_size": Setting(int, "--ldap-page-size", "Entries in one page.", "ldap.pageSize"),
    "ldap_timeout": Setting(float, "--ldap-timeout", "Seconds that the server has for one answer.", "ldap.timeout"),
    "scim": Setting(str, "--scim", "Another SCIM server: its base URL.", "scim.url", metavar="URL"),
    "scim_preset": Setting(str, "--scim-preset", "What is known of it (docs/reference/presets.md).", "scim.preset"),
    "scim_authentication": Setting(
        str, "--scim-authentication", "basic, header or oauth2 (client credentials).", f"{_SIGN_IN}.scheme"
    ),
    "scim_username": Setting(str, "--scim-username", "User name (basic), client id (oauth2).", f"{_SIGN_IN}.username"),
    "scim_secret": Setting(
        Path,
        "--scim-secret-file",
        "A file with the password, token or client secret; it is sealed and never shown.",
        f"{_SIGN_IN}.secret",
        read_secret,
    ),
    "scim_prefix": Setting(
        str, "--scim-prefix", "Word before the token (header); '' sends the token alone.", f"{_SIGN_IN}.prefix"
    ),
    "scim_token_url": Setting(
        str, "--scim-token-url", "Token endpoint (oauth2).", f"{_SIGN_IN}.tokenUrl", metavar="URL"
    ),
    "scim_scope": Setting(str, "--scim-scope", "Scope that is asked for (oauth2).", f"{_SIGN_IN}.scope"),
    "scim_audience": Setting(str, "--scim-audience", "Audience that is asked for (oauth2).", f"{_SIGN_IN}.audience"),
    "scim_ca_file": Setting(
        Path,
        "--scim-ca-file",
        "Certificates in PEM that the server's is checked against.",
        "scim.caFile",
        read_absolute,
    ),
    "scim_timeout": Setting(float, "--scim-timeout", "Seconds that the server has for one answer.", "scim.timeout"),
    "map": Setting(
        list[str],
        "--map",
        "A SCIM attribute from an expression over appuser, in place of the usual mapping of that attribute; without"
        " an expression it is not imported. Repeatable; those that are named replace all that were.",
        "mappings",
        _read_mappings,
        "ATTRIBUTE=EXPRESSION",
    ),
    "groups": Setting(bool, "--groups/--no-groups", "Whether groups are imported.", "importGroups"),
    "on_match": Setting(
        str,
        "--on-match",
        "Who is here already under the same name: leave reports it, link takes them over.",
        "onMatch",
    ),
    "on_leave": Setting(
        str, "--on-leave", "What becomes of who is not there any more: deactivate, delete or leave.", "onLeave"
    ),
    "max_removals": Setting(
        float,
        "--max-removals",
        "An import is refused in which a greater share has left: 0.2 is a fifth.",
        "safeguards.share",
    ),
    "max_removals_count": Setting(
        int, "--max-removals-count", "The same as a number of people; 0 for no such limit.", "safeguards.count"
    ),
    "empty": Setting(
        bool, "--refuse-empty/--allow-empty", "Refuse an import that finds nobody any more.", "safeguards.empty"
    ),
    "schedule": Setting(
        str,
        "--schedule",
        "When the server imports: a cron expression in UTC; '' for never.",
        "schedule",
        metavar="CRON",
    ),
}

OPTIONS = options_of(_TABLE)


def read_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as a change to a source's document. Raises Refused."""
    return read_document(_TABLE, options)
