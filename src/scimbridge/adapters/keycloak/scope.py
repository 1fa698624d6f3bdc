"""Which users of the realm are ours to see and touch: all, or those with a role, in a group, or with an attribute."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.pages import pages
from scimbridge.adapters.keycloak.representations import as_list, merged
from scimbridge.provisioning.errors import TargetRefused

_FULL = {"briefRepresentation": "false"}


class Scope(Protocol):
    """What the setting `only` says. Raises ProvisioningError."""

    def pages(self) -> AsyncIterator[list[Any]]:
        """The representations of all users in it."""

    async def holds(self, user: Any) -> bool: ...

    async def prepare(self, user: dict[str, Any]) -> dict[str, Any]:
        """A new user's representation, so that it is made in the scope, where one call can do that."""

    async def admit(self, id: str) -> None:  # noqa: A002
        """Puts a new user into the scope, where `prepare` could not."""


class Everyone:
    def __init__(self, client: Client) -> None:
        self._client = client

    def pages(self) -> AsyncIterator[list[Any]]:
        return pages(self._client, "/users", _FULL)

    async def holds(self, user: Any) -> bool:  # noqa: ARG002
        return True

    async def prepare(self, user: dict[str, Any]) -> dict[str, Any]:
        return user

    async def admit(self, id: str) -> None:  # noqa: A002
        pass


class WithAttribute(Everyone):
    """A user attribute with a value."""

    def __init__(self, client: Client, name: str, value: str) -> None:
        super().__init__(client)
        self._name, self._value = name, value

    def pages(self) -> AsyncIterator[list[Any]]:
        return pages(self._client, "/users", {**_FULL, "q": attribute_query(self._name, self._value)})

    async def holds(self, user: Any) -> bool:
        return self._value in (user.get("attributes") or {}).get(self._name, ())

    async def prepare(self, user: dict[str, Any]) -> dict[str, Any]:
        return user | {"attributes": merged(user.get("attributes") or {}, {self._name: [self._value]})}


class InGroup(Everyone):
    """Direct members of a top-level group."""

    def __init__(self, client: Client, name: str) -> None:
        super().__init__(client)
        self._name = name

    async def pages(self) -> AsyncIterator[list[Any]]:
        group = await self._client.get(f"/group-by-path/{segment(self._name)}")
        if group is None:
            raise TargetRefused(f"Keycloak has no group {self._name!r}, to which this realm is limited.")
        async for page in pages(self._client, f"/groups/{segment(group['id'])}/members", _FULL):
            yield page

    async def holds(self, user: Any) -> bool:
        path = f"/users/{segment(user['id'])}/groups"
        return any(
            [
                group["path"] == f"/{self._name}"
                async for page in pages(self._client, path, {"search": self._name})
                for group in page
            ]
        )

    async def prepare(self, user: dict[str, Any]) -> dict[str, Any]:
        return user | {"groups": [f"/{self._name}"]}


class WithRole(Everyone):
    """Those to whom a realm role was given directly."""

    def __init__(self, client: Client, name: str) -> None:
        super().__init__(client)
        self._name = name

    def pages(self) -> AsyncIterator[list[Any]]:
        return pages(self._client, f"/roles/{segment(self._name)}/users", _FULL)

    async def holds(self, user: Any) -> bool:
        held = as_list(await self._client.get(f"/users/{segment(user['id'])}/role-mappings/realm"))
        return any(role["name"] == self._name for role in held)

    async def admit(self, id: str) -> None:  # noqa: A002
        role = await self._client.get(f"/roles/{segment(self._name)}")
        if role is None:
            raise TargetRefused(f"Keycloak has no role {self._name!r}, to which this realm is limited.")
        await self._client.send("POST", f"/users/{segment(id)}/role-mappings/realm", [role])


def scope(client: Client, only: str) -> Scope:
    """Reads the setting; ValueError if it says none."""
    kind, _, rest = only.partition(":")
    name, equals, value = rest.partition("=")
    if not only:
        return Everyone(client)
    if kind == "role" and rest:
        return WithRole(client, rest)
    if kind == "group" and rest:
        return InGroup(client, rest)
    if kind == "attribute" and name and equals:
        return WithAttribute(client, name, value)
    raise ValueError(f"{only!r} is not role:NAME, group:NAME or attribute:NAME=VALUE.")


def attribute_query(name: str, value: str) -> str:
    """The parameter `q`: quoted, with quotes escaped and backslashes not.

    Keycloak itself cannot find a value with a backslash at its end or before a quote (26.5.6, 26.7.4).
    """
    return '{}:"{}"'.format(name, value.replace('"', '\\"'))
