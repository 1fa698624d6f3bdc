"""An application as a JSON document and back: the one spelling that store, command line and admin API share.

    {"id": "...", "name": "slack", "label": "", "enabled": true, "revision": 1,
     "saml": {"ssoUrl": "https://...", "audience": "...", "nameIdFormat": "unspecified", ...},
     "connection": {"url": "https://...", "style": "auto", "preset": "", "uniqueAttribute": "userName",
                    "authentication": {"scheme": "header", "prefix": "Bearer", ...},
                    "timeout": 60.0, "caFile": "", "parallel": 8, "rate": 0.0},
     "actions": {"pushNewUsers": false, ...}, "passwords": "random",
     "mappings": [{"target": "userName", "expression": "user.login", "apply": "always"}, ...],
     "onUnassign": "deactivate", "onMatch": "link", "pushNulls": true, "excludeUsernameUpdates": false,
     "safeguards": {"deactivations": 0.2, ...}, "imports": {"match": "userName", ...},
     "schedule": "0 3 * * *", "importSchedule": "", "verify": false, "custom": {}}

`saml` and `connection` are not there in an application that has none. `connection.authentication.secret` may stand in a
document that comes in, and is taken out of it by `split_secret`: it is sealed apart. A change is a JSON merge patch.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from scimbridge.access import readers
from scimbridge.access.readers import choice, list_of, number, plain, record
from scimbridge.access.settings import merge_keeping, read_name
from scimbridge.provisioning.application import (
    Actions,
    Application,
    ImportRules,
    PasswordMode,
    Safeguards,
    Saml,
)
from scimbridge.provisioning.connection_settings import SECRET, read_connection
from scimbridge.provisioning.mapping import AttributeMapping
from scimbridge.provisioning.setting_rules import check_application
from scimbridge.provisioning.setting_values import optional, schedule, share

_KEPT: Final = ("id", "revision")


def application_to_document(application: Application) -> dict[str, Any]:
    """All settings, defaults included."""
    document: dict[str, Any] = plain(application)
    return document


def application_from_document(document: Mapping[str, Any]) -> Application:
    """An application with defaults for what is not there; raises InvalidValue naming the setting and the rule."""
    application = read_application(document)
    check_application(application)
    return application


def read_application(document: Mapping[str, Any]) -> Application:
    """The same for a document that was checked before: expressions are not compiled again, which takes milliseconds."""
    return _application(document, "")


def change_application(application: Application, change: Mapping[str, Any]) -> Application:
    """The application with a change applied; raises InvalidValue."""
    return application_from_document(merge_keeping(application_to_document(application), change, _KEPT))


def split_secret(settings: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The settings without the connection's secret, and the secret, if one is there. Raises InvalidValue."""
    connection = settings.get("connection")
    authentication = connection.get("authentication") if isinstance(connection, Mapping) else None
    if not isinstance(connection, Mapping) or not isinstance(authentication, Mapping) or SECRET not in authentication:
        return settings, None
    path = f"connection.authentication.{SECRET}"
    secret = readers.filled(authentication[SECRET], path)
    if not secret.isprintable():
        raise readers.refuse(path, "a text without line ends and other characters that cannot be sent")
    rest = {key: value for key, value in authentication.items() if key != SECRET}
    return {**settings, "connection": {**connection, "authentication": rest}}, secret


read_mapping = record(
    AttributeMapping,
    {
        "target": readers.filled,
        "expression": readers.string,
        "apply": choice(*get_args(AttributeMapping.__annotations__["apply"])),
    },
)

_saml = record(
    Saml,
    {
        "sso_url": readers.secure_url,
        "audience": readers.filled,
        "recipient": readers.string,
        "destination": readers.string,
        "relay_state": readers.string,
        "name_id_format": choice(*get_args(Saml.__annotations__["name_id_format"])),
        "application_username": readers.filled,
    },
)
_actions = record(Actions, dict.fromkeys(Actions.__annotations__, readers.boolean))
_safeguards = record(
    Safeguards,
    {
        "deactivations": share,
        "deactivations_count": number(0, 10_000_000),
        "empty_source": readers.boolean,
        "import_removals": share,
    },
)
_imports = record(
    ImportRules,
    {
        "match": readers.filled,
        "partial": readers.boolean,
        "confirm": choice(*get_args(ImportRules.__annotations__["confirm"])),
        "create": choice(*get_args(ImportRules.__annotations__["create"])),
    },
)
_application = record(
    Application,
    {
        "id": readers.filled,
        "name": read_name,
        "label": readers.string,
        "enabled": readers.boolean,
        "saml": optional(_saml),
        "connection": optional(read_connection),
        "actions": _actions,
        "passwords": choice(*get_args(PasswordMode)),
        "mappings": list_of(read_mapping),
        "on_unassign": choice(*get_args(Application.__annotations__["on_unassign"])),
        "on_match": choice(*get_args(Application.__annotations__["on_match"])),
        "push_nulls": readers.boolean,
        "exclude_username_updates": readers.boolean,
        "safeguards": _safeguards,
        "imports": _imports,
        "schedule": schedule,
        "import_schedule": schedule,
        "verify": readers.boolean,
        "custom": readers.mapping,
        "revision": number(1, 2**53),
    },
)
