"""Reads what served SCIM at a Keycloak before."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client

_PAGE: Final = 200


class FormerScim:
    """Fulfils bridge.migration.Former."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def realm(self) -> Mapping[str, Any]:
        return await self._client.get("") or {}

    async def profile(self) -> Mapping[str, Any]:
        return await self._client.get("/users/profile") or {}

    async def scim_clients(self) -> Sequence[str]:
        clients = await self._client.get("/clients") or []
        return [client["clientId"] for client in clients if _names_scim(client)]

    async def holders(self, role: str) -> Sequence[str] | None:
        path = f"/roles/{segment(role)}"
        if await self._client.get(path) is None:
            return None
        found: list[str] = []
        while True:
            page = await self._client.get(f"{path}/users", {"first": str(len(found)), "max": str(_PAGE)}) or []
            found += [user["id"] for user in page]
            if len(page) < _PAGE:
                return found


def _names_scim(client: Mapping[str, Any]) -> bool:
    """Since 26.7 the audience must be the base URL of SCIM, which a mapper of the client's own adds."""
    mappers = client.get("protocolMappers") or []
    return any("/scim/v2" in str((mapper.get("config") or {}).values()) for mapper in mappers)
