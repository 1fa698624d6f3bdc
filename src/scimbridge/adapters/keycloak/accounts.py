"""Users of a Keycloak realm."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.protection import Protection
from scimbridge.adapters.keycloak.representations import (
    as_list,
    changed_user,
    changed_user_with_attributes,
    new_user,
    read_account,
)
from scimbridge.adapters.keycloak.scope import Scope, attribute_query
from scimbridge.bridge.ports import Account, Credential, LookupKey, Profile
from scimbridge.provisioning.errors import TargetRefused

_GONE = "the user is not there any more."
_OFFLINE = "Offline Token"


class Accounts:
    """The half of bridge.ports.Target that is about users. `attributes`: SCIM path -> Keycloak user attribute."""

    def __init__(self, client: Client, protection: Protection, scope: Scope, attributes: Mapping[str, str]) -> None:
        self._client = client
        self._protection = protection
        self._scope = scope
        self._external_id = attributes.get("externalId")

    async def get(self, id: str) -> Account | None:  # noqa: A002
        return await self._show(await self._client.get(f"/users/{segment(id)}"))

    async def find(self, by: LookupKey, value: str) -> Account | None:
        """Keycloak's `exact` is checked again: an older one takes `*` and `%` for wildcards."""
        parameters = {"exact": "true", "briefRepresentation": "false", "max": "10"}
        if by == "externalId":
            if self._external_id is None:
                return None
            parameters["q"] = attribute_query(self._external_id, value)
        else:
            parameters[by] = value
        found = [user for user in as_list(await self._client.get("/users", parameters)) if self._has(user, by, value)]
        return await self._show(found[0]) if len(found) == 1 else None

    async def all(self) -> AsyncIterator[Account]:
        async for page in self._scope.pages():
            users = [user for user in page if not await self._protection.is_service_account(user)]
            protected = await self._protection.protected_among([user["id"] for user in users])
            for user in users:
                yield read_account(user, protected=user["id"] in protected)

    async def create(self, profile: Profile, password: Credential | None) -> str:
        user = await self._scope.prepare(new_user(profile, password))
        answer = await self._client.send("POST", "/users", user)
        assert answer is not None  # noqa: S101 (a list is always there)
        self._protection.clear(answer.created)
        await self._scope.admit(answer.created)
        return answer.created

    async def update(self, id: str, profile: Profile, password: Credential | None) -> None:  # noqa: A002
        await self._protection.check_account(id)
        path = f"/users/{segment(id)}"
        change = changed_user(profile, password)
        if profile.attributes:
            user = await self._client.get(path)
            if user is None:
                raise TargetRefused(_GONE)
            change = changed_user_with_attributes(user, profile, password)
        if change and await self._client.send("PUT", path, change) is None:
            raise TargetRefused(_GONE)

    async def delete(self, id: str) -> None:  # noqa: A002
        await self._protection.check_account(id)
        await self._client.send("DELETE", f"/users/{segment(id)}")

    async def end_access(self, id: str) -> None:  # noqa: A002
        """`logout` leaves offline tokens alone, which are ended like a consent (seen on 26.5.6 and 26.7.4).

        Afterwards neither refresh nor access tokens are good, also not when the user is enabled again.
        """
        path = f"/users/{segment(id)}"
        if await self._client.send("POST", f"{path}/logout") is None:
            return
        for consent in await self._client.get(f"{path}/consents") or []:
            if any(grant.get("key") == _OFFLINE for grant in consent.get("additionalGrants") or []):
                await self._client.send("DELETE", f"{path}/consents/{segment(consent['clientId'])}")

    async def link_identity(self, id: str, provider: str, identity: str, name: str) -> None:  # noqa: A002
        path = f"/users/{segment(id)}/federated-identity"
        link = {"identityProvider": provider, "userId": identity, "userName": name}
        try:
            answer = await self._client.send("POST", f"{path}/{segment(provider)}", link)
        except TargetRefused as refused:
            if refused.conflict and await self._is_linked(path, provider, identity):
                return
            raise
        if answer is None:
            raise TargetRefused(_GONE)

    async def _is_linked(self, path: str, provider: str, identity: str) -> bool:
        links = as_list(await self._client.get(path))
        return any((link.get("identityProvider"), link.get("userId")) == (provider, identity) for link in links)

    async def _show(self, user: Any) -> Account | None:
        """None for service accounts and for whoever is out of scope: to the identity provider they are not there."""
        if user is None or await self._protection.is_service_account(user) or not await self._scope.holds(user):
            return None
        return read_account(user, protected=await self._protection.is_protected(str(user.get("id"))))

    def _has(self, user: Any, by: LookupKey, value: str) -> bool:
        if by == "externalId":
            return value in (user.get("attributes") or {}).get(self._external_id, ())
        return str(user.get(by, "")).casefold() == value.casefold()
