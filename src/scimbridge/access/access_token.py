"""The realm's own access tokens: JWTs that look as Keycloak's do.

The issuer is the public URL under which the token was asked for, so a token is tied to its realm by the key that
signed it (keys are per realm) and by the realm's name at the end of `iss` and in `aud`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from scimbridge.access import jwt
from scimbridge.access.jwt import TokenRefused
from scimbridge.access.keyring import Keyring
from scimbridge.access.keys import Keys
from scimbridge.access.ports import Account, Accounts, Client, RealmAccess
from scimbridge.access.principal import Principal
from scimbridge.access.realm import Realm

ADMIN_CLIENT: Final = "realm-management"
SCOPE: Final = "profile email"


@dataclass(frozen=True, slots=True)
class Checked:
    """A good access token: whose it is, what it says, until when it is taken."""

    principal: Principal
    claims: Mapping[str, Any]
    expires: datetime


class AccessTokens:
    """Makes and checks the access tokens of one realm."""

    def __init__(
        self,
        realm: Realm,
        access: RealmAccess,
        *,
        keys: Keys,
        keyring: Keyring,
        accounts: Accounts,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
    ) -> None:
        self._realm = realm
        self._access = access
        self._keys = keys
        self._keyring = keyring
        self._accounts = accounts
        self._clock = clock
        self._ids = ids

    async def make(self, issuer: str, client: Client, account: Account | None = None) -> str:
        """A token for the client's service account, or for a user; a user's token has no administrative role."""
        key = (await self._keys.ensure())[0]
        now = self._clock()
        claims: dict[str, Any] = {
            "exp": int((now + timedelta(seconds=self._realm.token_lifetime)).timestamp()),
            "iat": int(now.timestamp()),
            "jti": self._ids(),
            "iss": issuer,
            "aud": [f"{issuer}/scim/v2", "account" if account else ADMIN_CLIENT],
            "sub": account.id if account else client.id,
            "typ": "Bearer",
            "azp": client.client_id,
            "acr": "1",
            "scope": SCOPE,
        }
        if account:
            claims["preferred_username"] = account.name
        else:
            claims |= {
                "preferred_username": f"service-account-{client.client_id.lower()}",
                "client_id": client.client_id,
                "clientId": client.client_id,
                "realm_access": {"roles": []},
                "resource_access": {ADMIN_CLIENT: {"roles": list(client.roles)}},
            }
        return jwt.sign(claims, self._keyring.load(key), key.kid)

    def check(self, token: jwt.Unverified) -> Checked:
        """Raises TokenRefused. A client or user that is gone or disabled meanwhile takes its tokens with it."""
        key = self._keyring.find(token.kid)
        if key is None or token.header["alg"] != "RS256":
            raise TokenRefused("The token was not issued by this realm, or its key is no longer taken.")
        token.verify(key)
        expires = jwt.check_times(token.claims, self._clock())
        claims = token.claims
        issuer = token.issuer
        if not issuer.endswith(f"/realms/{self._realm.name}") or f"{issuer}/scim/v2" not in claims["aud"]:
            raise TokenRefused("The token was not issued for this realm.")
        client = self._access.client(claims["azp"])
        if client is None or not client.enabled:
            raise TokenRefused("The client of the token is gone or disabled.")
        if "clientId" in claims:
            return Checked(self._service_account(claims, client), claims, expires)
        return Checked(self._user(claims, client), claims, expires)

    def _service_account(self, claims: Mapping[str, Any], client: Client) -> Principal:
        if client.id != claims["sub"] or not client.service_account:
            raise TokenRefused("The service account of the token is gone or disabled.")
        # A role that was taken away is gone at once; one that was given needs a new token.
        roles = frozenset(claims["resource_access"][ADMIN_CLIENT]["roles"]).intersection(client.roles)
        return Principal(claims["preferred_username"], client.client_id, roles)

    def _user(self, claims: Mapping[str, Any], client: Client) -> Principal:
        account = self._accounts.by_id(claims["sub"])
        if account is None or not account.active:
            raise TokenRefused("The user of the token is gone or disabled.")
        return Principal(account.name, client.client_id, frozenset(), account.id)
