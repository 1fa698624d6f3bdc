"""The OAuth2 endpoints of a realm as plain values: token (RFC 6749), introspection (RFC 7662), discovery, JWKS.

`issuer` is everywhere the realm's public URL, e.g. `https://host/realms/acme`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from scimbridge.access import jwt
from scimbridge.access.access_token import SCOPE, AccessTokens
from scimbridge.access.clients import GRANTS
from scimbridge.access.credential import check_client, read_basic
from scimbridge.access.jwt import TokenRefused
from scimbridge.access.keyring import Keyring
from scimbridge.access.ports import Account, Accounts, Client, RealmAccess, TokenRelay
from scimbridge.access.realm import Realm
from scimbridge.access.throttle import Throttle
from scimbridge.scim.errors import ScimError

_PATH: Final = "/protocol/openid-connect"
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# A hash of nothing anybody knows, so that an unknown user name takes as long to refuse as a wrong password.
_DECOY: Final = "$argon2id$v=19$m=19456,t=2,p=1$c2NpbWJyaWRnZWRlY295$3m0ql0S8mJ6bC2tq3kVwPHnJXK0n8b1y9o6wq0k7r4A"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the status, a JSON object, the headers beside Content-Type."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class OAuthError(Exception):
    """A refusal of RFC 6749 section 5.2."""

    def __init__(self, status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description
        self.headers = headers or {}

    def reply(self) -> Reply:
        body = {"error": self.error, "error_description": self.description}
        return Reply(self.status, body, {**_NO_STORE, **self.headers})


class TokenService:
    """The OAuth2 endpoints of one realm."""

    def __init__(
        self,
        realm: Realm,
        access: RealmAccess,
        *,
        keyring: Keyring,
        tokens: AccessTokens,
        accounts: Accounts,
        throttle: Throttle,
        clock: Callable[[], datetime],
        relay: TokenRelay | None = None,
    ) -> None:
        """`relay` answers for the clients that this realm does not know."""
        self._relay = relay
        self._realm = realm
        self._access = access
        self._keyring = keyring
        self._tokens = tokens
        self._accounts = accounts
        self._throttle = throttle
        self._clock = clock

    async def token(self, authorization: str | None, form: bytes, issuer: str, address: str) -> Reply:
        """The token endpoint: `form` is the urlencoded body, `address` the client's. Never raises for bad input."""
        try:
            parameters = read_form(form)
            names = [name for name, _ in _credentials(authorization, parameters)]
            if self._relay is not None and not any(map(self._access.client, names)):
                return await self._pass_on(self._relay, authorization, form, address, names)
            client = await self._authenticate(authorization, parameters, address)
            grant = self._check_grant(client, parameters)
            account = await self._account(parameters, address) if grant == "password" else None
            token = await self._tokens.make(issuer, client, account)
        except OAuthError as error:
            return error.reply()
        except ScimError as error:  # too many attempts, the database cannot be written, ...
            return OAuthError(error.status, "temporarily_unavailable", error.detail, error.headers).reply()
        body = {
            "access_token": token,
            "expires_in": self._realm.token_lifetime,
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": SCOPE,
        }
        return Reply(200, body, _NO_STORE)

    async def introspect(self, authorization: str | None, form: bytes, address: str) -> Reply:
        """The introspection endpoint: any client of the realm may ask about the realm's own access tokens."""
        try:
            parameters = read_form(form)
            await self._authenticate(authorization, parameters, address)
            checked = self._tokens.check(jwt.parse(_required(parameters, "token")))
        except TokenRefused:
            return Reply(200, {"active": False}, _NO_STORE)
        except OAuthError as error:
            return error.reply()
        except ScimError as error:
            return OAuthError(error.status, "temporarily_unavailable", error.detail, error.headers).reply()
        claims = checked.claims
        names = {"client_id": claims["azp"], "username": checked.principal.name, "token_type": "Bearer"}
        return Reply(200, {**claims, **names, "active": True}, _NO_STORE)

    def jwks(self) -> dict[str, Any]:
        return {"keys": self._keyring.jwks()}

    def discovery(self, issuer: str) -> dict[str, Any]:
        """The provider's metadata (RFC 8414, OpenID Connect Discovery), at the paths and in the words of Keycloak."""
        endpoints = f"{issuer}{_PATH}"
        methods = ["client_secret_basic", "client_secret_post"]
        return {
            "issuer": issuer,
            "token_endpoint": f"{endpoints}/token",
            "introspection_endpoint": f"{endpoints}/token/introspect",
            "jwks_uri": f"{endpoints}/certs",
            "grant_types_supported": list(GRANTS),
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_methods_supported": methods,
            "scopes_supported": SCOPE.split(),
        }

    def summary(self, issuer: str) -> dict[str, Any]:
        """What Keycloak tells at the realm's own URL."""
        return {
            "realm": self._realm.name,
            "public_key": self._keyring.public_der(),
            "token-service": f"{issuer}{_PATH}",
            "tokens-not-before": 0,
        }

    async def _authenticate(self, authorization: str | None, parameters: Mapping[str, str], address: str) -> Client:
        """By client_secret_basic or client_secret_post (RFC 6749 section 2.3.1)."""
        if authorization and "client_secret" in parameters:
            raise OAuthError(400, "invalid_request", "Only one way to authenticate the client is allowed.")
        candidates = _credentials(authorization, parameters)
        for client_id, secret in candidates:
            if found := check_client(self._access, client_id, secret, self._clock()):
                return found[0]
        await self._throttle.fail(self._realm.id, address, f"client:{candidates[0][0]}" if candidates else "")
        raise OAuthError(
            401,
            "invalid_client",
            "Invalid client or invalid client credentials.",
            {"WWW-Authenticate": f'Basic realm="{self._realm.name}"'},
        )

    async def _pass_on(
        self, relay: TokenRelay, authorization: str | None, form: bytes, address: str, names: Sequence[str]
    ) -> Reply:
        """The answer of the server behind; who guesses secrets or passwords there is slowed as here."""
        status, body = await relay.token(authorization, form)
        if status == 401 or body.get("error") == "invalid_grant":  # noqa: PLR2004 (Unauthorized)
            await self._throttle.fail(self._realm.id, address, f"client:{names[0]}" if names else "")
        return Reply(status, body, _NO_STORE)

    def _check_grant(self, client: Client, parameters: Mapping[str, str]) -> str:
        grant = _required(parameters, "grant_type")
        if grant not in GRANTS:
            raise OAuthError(400, "unsupported_grant_type", f"Served are: {', '.join(GRANTS)}.")
        if grant not in client.grants:
            raise OAuthError(400, "unauthorized_client", f'The client is not allowed the grant "{grant}".')
        if grant == "client_credentials" and not client.service_account:
            raise OAuthError(400, "unauthorized_client", "The client has no service account.")
        return grant

    async def _account(self, parameters: Mapping[str, str], address: str) -> Account:
        """The user that proves a password. Nothing tells an unknown user from a wrong password, not even time."""
        name, password = _required(parameters, "username"), _required(parameters, "password")
        subject = f"user:{name.casefold()}"
        with self._throttle.attempt(self._realm.id, subject):
            account = self._accounts.by_name(name)
            encoded = account.password if account and account.password else _DECOY
            good = await self._accounts.verify(encoded, password)
        if account is None or not account.password or not good:
            await self._throttle.fail(self._realm.id, address, subject)
            raise OAuthError(400, "invalid_grant", "Invalid user credentials.")
        self._throttle.succeed(self._realm.id, subject)
        if not account.active:
            raise OAuthError(400, "invalid_grant", "Account disabled.")
        return account


def read_form(form: bytes) -> Mapping[str, str]:
    """The parameters, without those that are empty (RFC 6749 section 3.2); raises OAuthError if one is there twice."""
    try:
        pairs = parse_qsl(form.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise OAuthError(400, "invalid_request", "The body is not application/x-www-form-urlencoded.") from None
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise OAuthError(400, "invalid_request", "A parameter is there more than once.")
    return {name: value for name, value in parameters.items() if value}


def _credentials(authorization: str | None, parameters: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """The client's id and secret, in each way that they can be read."""
    if not authorization:
        return [(parameters.get("client_id", ""), parameters.get("client_secret", ""))]
    scheme, _, credentials = authorization.strip().partition(" ")
    return read_basic(credentials.strip()) if scheme.lower() == "basic" else []


def _required(parameters: Mapping[str, str], name: str) -> str:
    if name not in parameters:
        raise OAuthError(400, "invalid_request", f'The parameter "{name}" is missing.')
    return parameters[name]
