"""A source as a JSON document and back: the one spelling that store, command line and admin API share.

    {"id": "...", "name": "hr", "enabled": true, "revision": 1,
     "csv": {"path": "/srv/people.csv", "key": "id", "delimiter": ",", "groups": "", "groupSeparator": ";"},
     "ldap": {"url": "ldaps://ldap.example.com", "bindDn": "", "startTls": true, "caFile": "", "userBase": "ou=p,...",
              "userFilter": "(objectClass=inetOrgPerson)", "groupBase": "", "groupFilter": "...", "groupName": "cn",
              "key": "entryUUID", "pageSize": 500, "timeout": 30.0},
     "scim": {"url": "https://...", ...}                        a connection as applications have one
     "mappings": [{"target": "userName", "expression": "appuser.login", "apply": "always"}, ...],
     "importGroups": true, "onMatch": "leave", "onLeave": "deactivate",
     "safeguards": {"share": 0.2, "count": 0, "empty": true}, "schedule": ""}

Exactly one of `csv`, `ldap` and `scim` is there. `ldap.password` and `scim.authentication.secret` may stand in a
document that comes in, and are taken out of it by `split_secret`: they are sealed apart. A change is a JSON merge patch
(RFC 7396).
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from scimbridge.access import readers
from scimbridge.access.readers import choice, list_of, number, plain, record, refuse
from scimbridge.access.settings import merge_keeping, read_name
from scimbridge.provisioning.connection_settings import SECRET, read_connection
from scimbridge.provisioning.mapping import AttributeMapping, MappingProblem, check_mappings
from scimbridge.provisioning.mapping.checks import RESERVED
from scimbridge.provisioning.mapping.places import find_place
from scimbridge.provisioning.setting_values import optional, schedule, share
from scimbridge.provisioning.settings import read_mapping
from scimbridge.provisioning.sources.ldap_settings import read_ldap
from scimbridge.provisioning.sources.source import CsvFile, Removals, Source
from scimbridge.scim.errors import InvalidValue

PASSWORD: Final = "password"  # noqa: S105 (a key's name)

_USER_NAME: Final = AttributeMapping("userName", "appuser.login")
_KEPT: Final = ("id", "revision")
_KINDS: Final = ("csv", "ldap", "scim")
# An import may say who is active; the rest of what provisioning reserves is nobody's to map.
_RESERVED: Final = {name: reason for name, reason in RESERVED.items() if name != "active"} | {
    "groups": "groups are imported as groups",
    "password": "passwords are not imported",
}


def source_to_document(source: Source) -> dict[str, Any]:
    """All settings, defaults included."""
    document: dict[str, Any] = plain(source)
    return document


def source_from_document(document: Mapping[str, Any]) -> Source:
    """A source with defaults for what is not there; raises InvalidValue naming the setting and the rule."""
    source = read_source(document)
    kinds = [kind for kind in _KINDS if getattr(source, kind) is not None]
    if len(kinds) != 1:
        raise InvalidValue('A source has exactly one of the settings "csv", "ldap" and "scim".')
    _check_mappings(source)
    return source


def _check_mappings(source: Source) -> None:
    # The usual mappings have a userName; which they are a file's first line may say.
    named = [] if any(mapping.target == "userName" for mapping in source.mappings) else [_USER_NAME]
    written = [mapping for mapping in source.mappings if mapping.expression]
    problems = list(check_mappings([*named, *written], reserved=_RESERVED))
    for mapping in source.mappings:
        try:
            find_place(mapping.target)
        except ValueError as error:
            problems += [] if mapping.expression else [MappingProblem(mapping.target, str(error))]
    if problems:
        told = " ".join(f'"{problem.target}": {problem.reason}' for problem in problems)
        raise InvalidValue(f'Setting "mappings": {told}')


def read_source(document: Mapping[str, Any]) -> Source:
    """The same for a document that was checked before."""
    return _source(document, "")


def change_source(source: Source, change: Mapping[str, Any]) -> Source:
    """The source with a change applied; raises InvalidValue."""
    return source_from_document(merge_keeping(source_to_document(source), change, _KEPT))


def split_secret(settings: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The settings without the password or secret in them, and that, if one is there. Raises InvalidValue."""
    ldap, scim = settings.get("ldap"), settings.get("scim")
    if isinstance(ldap, Mapping) and PASSWORD in ldap:
        secret = readers.filled(ldap[PASSWORD], f"ldap.{PASSWORD}")
        return {**settings, "ldap": _without(ldap, PASSWORD)}, secret
    authentication = scim.get("authentication") if isinstance(scim, Mapping) else None
    if isinstance(scim, Mapping) and isinstance(authentication, Mapping) and SECRET in authentication:
        secret = readers.filled(authentication[SECRET], f"scim.authentication.{SECRET}")
        return {**settings, "scim": {**scim, "authentication": _without(authentication, SECRET)}}, secret
    return settings, None


def _without(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != key}


def _delimiter(value: Any, path: str) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n':
        raise refuse(path, "one character, such as a comma or a semicolon")
    return value


_csv = record(
    CsvFile,
    {
        "path": readers.filled,
        "key": readers.string,
        "delimiter": _delimiter,
        "groups": readers.string,
        "group_separator": readers.filled,
    },
)
_removals = record(Removals, {"share": share, "count": number(0, 10_000_000), "empty": readers.boolean})
_source = record(
    Source,
    {
        "id": readers.filled,
        "name": read_name,
        "enabled": readers.boolean,
        "csv": optional(_csv),
        "ldap": optional(read_ldap),
        "scim": optional(read_connection),
        "mappings": list_of(read_mapping),
        "import_groups": readers.boolean,
        "on_match": choice(*get_args(Source.__annotations__["on_match"])),
        "on_leave": choice(*get_args(Source.__annotations__["on_leave"])),
        "safeguards": _removals,
        "schedule": schedule,
        "revision": number(1, 2**53),
    },
)
