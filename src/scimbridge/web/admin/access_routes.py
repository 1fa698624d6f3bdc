"""The admin API's URLs for realms, their credentials, users and groups; a row of routes.TABLE each."""

from collections.abc import Sequence

from scimbridge.web.admin import credentials, realms, resources, shapes
from scimbridge.web.admin.components import many, one
from scimbridge.web.admin.entry import Entry

_REALM = "/admin/realms/{realm}"
_CLIENT = f"{_REALM}/clients/{{client:path}}"  # a client id may hold slashes
_TOKEN = f"{_REALM}/tokens/{{token}}"
_USER, _GROUP = f"{_REALM}/users/{{id}}", f"{_REALM}/groups/{{id}}"
_LIST = ("filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor")
_JOURNAL = ("user", "group", "id", "request", "since", "until", "after", "count", "newest")

REALMS: Sequence[Entry] = (
    Entry("GET", "/admin/realms", realms.list_all, "All realms", gives=many("Realm")),
    Entry("POST", "/admin/realms", realms.create, "Make a realm", 201, shapes.NEW_REALM, gives=one("Realm")),
    Entry("GET", _REALM, realms.show, "A realm's settings and URLs", gives=one("Realm")),
    Entry(
        "PATCH",
        _REALM,
        realms.change,
        "Change the settings named in the body",
        shape=shapes.REALM_CHANGE,
        gives=one("Realm"),
    ),
    Entry("DELETE", _REALM, realms.delete, "Delete a realm with all that is in it", 204, query=("confirm",)),
)
CREDENTIALS: Sequence[Entry] = (
    Entry("GET", f"{_REALM}/clients", credentials.list_clients, "The OAuth2 clients of a realm", gives=many("Client")),
    Entry(
        "POST",
        f"{_REALM}/clients",
        credentials.create_client,
        "Make a client; shows its secret",
        201,
        shapes.NEW_CLIENT,
        gives=one("NewClient"),
    ),
    Entry(
        "POST",
        f"{_CLIENT}/rotate",
        credentials.rotate_client,
        "Make a new secret and show it",
        shape=shapes.ROTATION,
        gives=one("NewClient"),
    ),
    Entry("GET", _CLIENT, credentials.show_client, "A client", gives=one("Client")),
    Entry(
        "PATCH",
        _CLIENT,
        credentials.change_client,
        "Change what the body names",
        shape=shapes.CLIENT_CHANGE,
        gives=one("Client"),
    ),
    Entry("DELETE", _CLIENT, credentials.delete_client, "Delete a client; its tokens are refused at once", 204),
    Entry("GET", f"{_REALM}/tokens", credentials.list_tokens, "The static tokens of a realm", gives=many("Token")),
    Entry(
        "POST",
        f"{_REALM}/tokens",
        credentials.create_token,
        "Make a static token and show it",
        201,
        shapes.NEW_TOKEN,
        gives=one("NewToken"),
    ),
    Entry(
        "POST",
        f"{_TOKEN}/rotate",
        credentials.rotate_token,
        "Make a new value and show it",
        shape=shapes.TOKEN_ROTATION,
        gives=one("NewToken"),
    ),
    Entry("DELETE", _TOKEN, credentials.revoke_token, "Revoke a static token", 204),
    Entry(
        "GET",
        f"{_REALM}/keys",
        credentials.list_keys,
        "The signing keys of a realm, the active one first",
        gives=many("Key"),
    ),
    Entry(
        "POST",
        f"{_REALM}/keys/rotate",
        credentials.rotate_keys,
        "Make a new signing key",
        shape=shapes.NOTHING,
        gives=one("Key"),
    ),
)
RESOURCES: Sequence[Entry] = (
    Entry(
        "GET",
        f"{_REALM}/users",
        resources.list_users,
        "Users, listed as SCIM lists them",
        query=_LIST,
        gives=one("ListResponse"),
    ),
    Entry("GET", _USER, resources.show_user, "A user", query=_LIST[1:3], gives=one("Resource")),
    Entry("DELETE", _USER, resources.delete_user, "Delete a user", 204),
    Entry(
        "GET",
        f"{_REALM}/groups",
        resources.list_groups,
        "Groups, listed as SCIM lists them",
        query=_LIST,
        gives=one("ListResponse"),
    ),
    Entry("GET", _GROUP, resources.show_group, "A group", query=_LIST[1:3], gives=one("Resource")),
    Entry("DELETE", _GROUP, resources.delete_group, "Delete a group; its members stay", 204),
    Entry(
        "GET",
        f"{_REALM}/journal",
        resources.list_journal,
        "Changes of users and groups, oldest first",
        query=_JOURNAL,
        gives=many("Change"),
    ),
)
SERVER: Sequence[Entry] = (
    Entry(
        "GET",
        "/admin/events",
        realms.list_events,
        "Administrative changes",
        query=("realm", "after", "count"),
        gives=many("AdminEvent"),
    ),
    Entry("GET", "/admin/tokens", credentials.list_tokens, "The admin tokens of the server", gives=many("Token")),
    Entry(
        "POST",
        "/admin/tokens",
        credentials.create_token,
        "Make an admin token",
        201,
        shapes.NEW_ADMIN_TOKEN,
        gives=one("NewToken"),
    ),
    Entry(
        "POST",
        "/admin/tokens/{token}/rotate",
        credentials.rotate_token,
        "Rotate one",
        shape=shapes.TOKEN_ROTATION,
        gives=one("NewToken"),
    ),
    Entry("DELETE", "/admin/tokens/{token}", credentials.revoke_token, "Revoke an admin token", 204),
)
