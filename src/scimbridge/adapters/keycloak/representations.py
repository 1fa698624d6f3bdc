"""Keycloak's representations of users and groups, to and from the values of the port."""

from collections.abc import Mapping
from typing import Any

from scimbridge.adapters.keycloak.credentials import representation as credential
from scimbridge.bridge.ports import Account, Attributes, Credential, Profile, TargetGroup
from scimbridge.provisioning.errors import TargetMisbehaved

Json = dict[str, Any]


def read_account(user: Any, *, protected: bool) -> Account:
    try:
        return Account(
            id=user["id"],
            username=user["username"],
            enabled=user["enabled"],
            email=user.get("email") or "",
            first_name=user.get("firstName") or "",
            last_name=user.get("lastName") or "",
            email_verified=user.get("emailVerified", False),
            attributes=user.get("attributes") or {},
            created=user.get("createdTimestamp") or 0,
            protected=protected,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise TargetMisbehaved("Keycloak's answer is not a user.") from error


def read_group(group: Any) -> TargetGroup:
    try:
        return TargetGroup(group["id"], group["name"], group.get("parentId") or "")
    except (KeyError, TypeError, AttributeError) as error:
        raise TargetMisbehaved("Keycloak's answer is not a group.") from error


def as_list(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise TargetMisbehaved("Keycloak's answer is not a list.")
    return answer


def new_user(profile: Profile, password: Credential | None) -> Json:
    user = _fields(profile, password)
    user.setdefault("enabled", True)
    if profile.attributes:
        user["attributes"] = merged({}, profile.attributes)
    return user


def changed_user(profile: Profile, password: Credential | None) -> Json:
    """A change that leaves the attributes alone needs no more than its own fields."""
    return _fields(profile, password)


def changed_user_with_attributes(user: Json, profile: Profile, password: Credential | None) -> Json:
    """`attributes` replaces the whole map, and with it there an e-mail or name that is left out is cleared too."""
    kept = {name: user[name] for name in ("username", "email", "firstName", "lastName") if name in user}
    attributes = merged(user.get("attributes") or {}, profile.attributes)
    return kept | _fields(profile, password) | {"attributes": attributes}


def merged(present: Attributes, wanted: Attributes) -> dict[str, list[str]]:
    """What is there with the named ones changed; an empty list takes one out."""
    return {name: list(values) for name, values in {**present, **wanted}.items() if values}


def renamed_group(group: Mapping[str, Any], name: str) -> Json:
    """A description that is left out is cleared; attributes are not."""
    return {"name": name} | {key: group[key] for key in ("description",) if key in group}


def _fields(profile: Profile, password: Credential | None) -> Json:
    fields = {
        "username": profile.username,
        "enabled": profile.enabled,
        "email": profile.email,
        "firstName": profile.first_name,
        "lastName": profile.last_name,
        "credentials": None if password is None else [credential(password)],
    }
    return {name: value for name, value in fields.items() if value is not None}
