"""Taking over from what served SCIM at that Keycloak before: its own server, or the extension keycloak-scim-server.

Ids stay: they are Keycloak's, there and here, so an identity provider finds every user and group that it pushed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol

from scimbridge.access.realm import Keycloak
from scimbridge.bridge import paths
from scimbridge.scim.schema import ResourceType

# The extension marks the users that it serves with this realm role (its README).
MANAGED_ROLE: Final = "scim-managed"
# Native SCIM keeps a SCIM attribute in the user-profile attribute that has this annotation.
_ANNOTATION: Final = "kc.scim.schema.attribute"
_WRITER: Final = ["manage-users", "view-users", "query-users", "query-groups"]

Outcome = Literal["carried over", "as it is", "by hand"]


class Former(Protocol):
    """Reads what is at that Keycloak. Every method raises ProvisioningError."""

    async def realm(self) -> Mapping[str, Any]:
        """The realm's representation."""

    async def profile(self) -> Mapping[str, Any]:
        """The realm's user profile."""

    async def scim_clients(self) -> Sequence[str]:
        """Ids of the clients whose tokens native SCIM takes: an audience mapper names its URL."""

    async def holders(self, role: str) -> Sequence[str] | None:
        """Ids of the users who hold a realm role; None if there is no such role."""


class Step(NamedTuple):
    """A line of the plan: what it is about, what becomes of it, and how."""

    subject: str
    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`change` is for the realm's settings (access.settings); `managed` are ids of users that were provisioned."""

    sources: Sequence[str]
    steps: Sequence[Step]
    change: Mapping[str, Any] = field(default_factory=dict)
    managed: Sequence[str] = ()


async def make_plan(
    former: Former, setting: Keycloak, user: ResourceType, issuers: Sequence[Mapping[str, Any]]
) -> Plan:
    """`issuers` are those that the realm's document has already. Changes nothing."""
    realm = await former.realm()
    held = await former.holders(MANAGED_ROLE)
    extension = _extension_settings(realm)
    sources: list[str] = []
    steps: list[Step] = []
    change: dict[str, Any] = {}
    if extension or held is not None:
        sources.append("keycloak-scim-server")
        steps += _extension_steps(extension, setting, issuers, change)
        steps += _users(held, setting, change)
    if realm.get("scimApiEnabled"):
        sources.append("Keycloak's own SCIM server")
        steps += _native_steps(await former.profile(), await former.scim_clients(), setting, user, change)
    return Plan(sources, steps, change, held or ())


def _extension_settings(realm: Mapping[str, Any]) -> Mapping[str, str]:
    attributes = realm.get("attributes") or {}
    return {name: value for name, value in attributes.items() if name.startswith("scim.") and value}


def _users(held: Sequence[str] | None, setting: Keycloak, change: dict[str, Any]) -> Sequence[Step]:
    if held is None:
        text = f"no role {MANAGED_ROLE}, so none was provisioned; all are shown, and taken over when written to"
        return [Step("users", "as it is", text)]
    users = Step("users", "carried over", f"{len(held)} with role {MANAGED_ROLE} are managed from now on")
    if setting.only:
        return [users, Step("other users", "as it is", f"seen are those of {setting.only}")]
    change.setdefault("keycloak", {})["only"] = f"role:{MANAGED_ROLE}"
    return [users, Step("other users", "carried over", "stay unseen, as with the extension; --only '' shows them")]


def _extension_steps(
    found: Mapping[str, str], setting: Keycloak, issuers: Sequence[Mapping[str, Any]], change: dict[str, Any]
) -> Sequence[Step]:
    steps = []
    if not found:
        text = "the realm has none; those in the environment of that server (SCIM_...) cannot be read: set them here"
        steps.append(Step("settings", "by hand", text))
    if found.get("scim.authentication.mode") == "KEYCLOAK":
        text = "Keycloak's tokens are taken; the client's service account needs roles of realm-management for it"
        steps.append(Step("authentication", "by hand", f"{text}: manage-users"))
    if "scim.external.shared.secret" in found:
        text = "only a hash of it is known: make another with `scimbridge token create`, and paste it where it is used"
        steps.append(Step("shared secret", "by hand", text))
    elif "scim.external.issuer" in found:
        steps.append(_issuer(found, issuers, change))
    if "scim.basic.auth.username" in found:
        name = found["scim.basic.auth.username"]
        text = f"only a hash of the password is known: `scimbridge client create REALM {name}` makes another"
        steps.append(Step("basic authentication", "by hand", text))
    if found.get("scim.link.idp") == "true":
        steps.append(_provider(found.get("scim.identity.provider.alias", ""), setting, change))
    if found.get("scim.email.as.username") == "true":
        text = "userName is the e-mail address there: map the identity provider's userName to the address"
        steps.append(Step("e-mail as user name", "by hand", text))
    return steps


def _issuer(found: Mapping[str, str], issuers: Sequence[Mapping[str, Any]], change: dict[str, Any]) -> Step:
    issuer, audience = found["scim.external.issuer"], found.get("scim.external.audience", "")
    keys = found.get("scim.external.jwks.uri", "")
    if "*" in (issuer, audience) or not (audience and keys):
        return Step("token issuer", "by hand", "issuer, audience and key set must be named: here none may be left open")
    if any(known["issuer"] == issuer for known in issuers):
        return Step("token issuer", "as it is", f"{issuer} is trusted already")
    trusted = {"issuer": issuer, "audience": audience, "jwksUrl": keys, "roles": _WRITER}
    change["issuers"] = [*issuers, trusted]
    return Step("token issuer", "carried over", f"tokens of {issuer} for {audience} are taken")


def _provider(alias: str, setting: Keycloak, change: dict[str, Any]) -> Step:
    if not alias:
        return Step("identity provider", "by hand", "links are wanted, and no alias is set for the realm")
    if setting.identity_provider == alias:
        return Step("identity provider", "as it is", f"users are linked with {alias}")
    change.setdefault("keycloak", {})["identityProvider"] = alias
    return Step("identity provider", "carried over", f"new users are linked with {alias} by {setting.identity}")


def _native_steps(
    profile: Mapping[str, Any], clients: Sequence[str], setting: Keycloak, user: ResourceType, change: dict[str, Any]
) -> Sequence[Step]:
    steps = [
        Step("users and groups", "as it is", "all are shown with the ids they have, and taken over when written to"),
        *(Step(f"client {name}", "as it is", "its tokens are taken here too") for name in clients),
    ]
    for name, path in _annotated(profile):
        if setting.attributes.get(path) == name:
            steps.append(Step(f"attribute {path}", "as it is", f"is kept as {name} too"))
        elif _is_path(path, user):
            change.setdefault("keycloak", {}).setdefault("attributes", {})[path] = name
            steps.append(Step(f"attribute {path}", "carried over", f"is kept as {name} too"))
        else:
            text = f"is no attribute here: add its schema with `scimbridge schema`, then --attribute {path}={name}"
            steps.append(Step(f"attribute {path}", "by hand", text))
    steps.append(Step("switch", "by hand", "once the identity provider has the new URL, switch its SCIM API off"))
    return steps


def _annotated(profile: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """(name, SCIM path) of the user-profile attributes that native SCIM uses, without those it maps by itself."""
    return [
        (attribute["name"], path)
        for attribute in profile.get("attributes") or ()
        if (path := (attribute.get("annotations") or {}).get(_ANNOTATION))
        and attribute["name"] not in ("username", "email", "firstName", "lastName")
    ]


def _is_path(path: str, user: ResourceType) -> bool:
    try:
        paths.compile_path(path, user)
    except ValueError:
        return False
    return True
