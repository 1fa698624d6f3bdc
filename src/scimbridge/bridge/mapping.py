"""What of a SCIM User Keycloak holds, and back.

Keycloak has a username, one e-mail address, two names, `enabled` and a map of texts; the rest of the resource stays
with us. Values that both sides have are compared under their SCIM path. Keycloak keeps usernames and addresses in lower
case, so they are compared and sent like that; ours stay as the identity provider sent them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scimbridge.bridge import paths
from scimbridge.bridge.ports import Account, Profile
from scimbridge.directory.ports import Document
from scimbridge.scim.resource import schemas_of
from scimbridge.scim.schema import ResourceType

Values = Mapping[str, str | bool | list[str]]

_PLAIN = {"userName": "username", "active": "enabled", "emails": "email"} | {
    "name.givenName": "first_name",
    "name.familyName": "last_name",
}


class AccountMapping:
    """The mapping of one realm; `attributes` leads from SCIM paths to names of Keycloak user attributes."""

    def __init__(self, kind: ResourceType, attributes: Mapping[str, str]) -> None:
        """Raises ValueError for a path that the schema has not."""
        self._kind = kind
        self._names = {path: paths.compile_path(path, kind) for path in ("name.givenName", "name.familyName")}
        self._attributes = dict(attributes)
        self._targets = {path: paths.compile_path(path, kind) for path in attributes}

    @property
    def kept(self) -> Iterable[str]:
        """The paths that every Keycloak keeps, whatever its user profile."""
        return _PLAIN.keys()

    def desired(self, document: Mapping[str, Any]) -> Values:
        """What Keycloak is to have of a document."""
        name = document.get("name") or {}
        values: dict[str, str | bool | list[str]] = {
            "userName": document["userName"].lower(),
            "active": document.get("active", True),
            "emails": _address(document).lower(),
            "name.givenName": name.get("givenName", ""),
            "name.familyName": name.get("familyName", ""),
        }
        for path, target in self._targets.items():
            values[path] = paths.read(document, target)
        return values

    def actual(self, account: Account) -> Values:
        """The same of what it has."""
        values: dict[str, str | bool | list[str]] = {
            "userName": account.username.lower(),
            "active": account.enabled,
            "emails": account.email.lower(),
            "name.givenName": account.first_name,
            "name.familyName": account.last_name,
        }
        for path, name in self._attributes.items():
            values[path] = list(account.attributes.get(name, ()))
        return values | {"protected": True} if account.protected else values

    def profile(self, values: Values) -> Profile:
        """What is to be written for these values; what is not among them stays as it is there."""
        fields: dict[str, Any] = {_PLAIN[path]: value for path, value in values.items() if path in _PLAIN}
        texts = {
            self._attributes[path]: value
            for path, value in values.items()
            if path in self._attributes and isinstance(value, list)
        }
        return Profile(**fields, attributes=texts)

    def document(self, account: Account) -> Document:
        """An account as a resource."""
        document: Document = {"schemas": [self._kind.schema.id], "userName": account.username}
        values = self.actual(account)
        return self.accept(
            document | {"active": account.enabled}, values, [path for path in values if path != "userName"]
        )

    def accept(self, document: Mapping[str, Any], values: Values, names: Iterable[str]) -> Document:
        """The document with these of the values taken over; of a protected account it shows the name alone.

        So does Keycloak's own SCIM server with administrators.
        """
        if "protected" in values:
            return {"schemas": [self._kind.schema.id], "userName": document["userName"]}
        changed = dict(document)
        for path in names:
            value = values[path]
            if path in ("userName", "active"):
                changed[path] = value
            elif path == "emails":
                changed = _with_address(changed, str(value))
            elif path in self._names:
                changed = paths.write(changed, self._names[path], [str(value)] if value else [])
            elif isinstance(value, list):
                changed = paths.write(changed, self._targets[path], value)
        return changed | {"schemas": schemas_of(changed, self._kind)}


def _address(document: Mapping[str, Any]) -> str:
    """The primary address, or the first."""
    return str(_counting(document).get("value", ""))


def _counting(document: Mapping[str, Any]) -> Mapping[str, Any]:
    emails = [email for email in document.get("emails") or () if email.get("value")]
    return next((email for email in emails if email.get("primary")), emails[0] if emails else {})


def _with_address(document: Document, address: str) -> Document:
    """The document with this as the address that counts: one that it has, or one in place of that which counted.

    "" takes that one out.
    """
    emails = document.get("emails") or []
    counting = _counting(document)
    chosen = next((email for email in emails if str(email.get("value", "")).lower() == address.lower()), counting)
    others = [
        {name: value for name, value in email.items() if name != "primary"} for email in emails if email is not chosen
    ]
    first = [{"type": "work", **chosen, "value": address, "primary": True}] if address else []
    rest = {name: value for name, value in document.items() if name != "emails"}
    return {**document, "emails": first + others} if first or others else rest
