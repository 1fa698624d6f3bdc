"""Reads how a Keycloak realm is set up, and changes what preflight may change."""

import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.bridge.findings import Setup
from scimbridge.provisioning.errors import TargetRefused

# The kind of the feature `scim-api` tells the version, which only administrators of all realms are told.
_VERSIONS: Mapping[str, str] = {"EXPERIMENTAL": "26.6", "PREVIEW": "26.7", "DEFAULT": "26.8 or newer"}


class KeycloakInspection:
    """Fulfils bridge.preflight.Inspection. `clock` in seconds since 1970."""

    def __init__(self, client: Client, settings: Keycloak, *, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock

    async def read(self) -> Setup:
        token = claims(await self._client.access_token())
        ahead = token["iat"] - self._clock() if "iat" in token else 0.0
        server = await self._read(self._client.server_information()) or {}
        return Setup(
            version=_version(server),
            clock_ahead=ahead,
            roles=_roles(token),
            realm=await self._read(self._client.get("")) or {},
            profile=await self._read(self._client.get("/users/profile")),
            hashes=frozenset(server.get("providers", {}).get("password-hashing", {}).get("providers", {})),
            identity_providers=await self._aliases(),
            scope_exists=await self._scope_exists(),
        )

    async def change_realm(self, fields: Mapping[str, Any]) -> None:
        await self._client.send("PUT", "", dict(fields))

    async def change_profile(self, profile: Mapping[str, Any]) -> None:
        await self._client.send("PUT", "/users/profile", dict(profile))

    async def _aliases(self) -> frozenset[str] | None:
        if not self._settings.identity_provider:
            return frozenset()
        found = await self._read(self._client.get("/identity-provider/instances"))
        return None if found is None else frozenset(provider["alias"] for provider in as_list(found))

    async def _scope_exists(self) -> bool:
        kind, _, name = self._settings.only.partition(":")
        path = {"role": "/roles/", "group": "/group-by-path/"}.get(kind)
        return path is None or await self._read(self._client.get(path + segment(name))) is not None

    async def _read(self, call: Any) -> Any:
        """None where our service account may not look: the check of roles says so."""
        try:
            return await call
        except TargetRefused as refused:
            if not refused.forbidden:
                raise
            return None


def _version(server: Mapping[str, Any]) -> str:
    exact = (server.get("systemInfo") or {}).get("version")
    if exact:
        return str(exact)
    features = server.get("features") or []
    kind = next((feature.get("type") for feature in features if feature.get("name") == "SCIM_API"), None)
    return _VERSIONS.get(kind, "26.6 or newer") if kind else "older than 26.6"


def claims(token: str) -> Mapping[str, Any]:
    """Of an access token that we were just given; nothing if it is not a JWT."""
    parts = token.split(".")
    try:
        found = orjson.loads(urlsafe_b64decode(parts[1] + "=="))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _roles(token: Mapping[str, Any]) -> frozenset[str] | None:
    """None if the token does not tell: lightweight access tokens have no roles in them."""
    access = token.get("resource_access")
    if not isinstance(access, dict):
        return None
    return frozenset(access.get("realm-management", {}).get("roles", []))
