"""Access tokens of trusted issuers (a real Keycloak, Entra ID, ...): verified with the keys they publish."""

import asyncio
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from scimbridge.access import jwt
from scimbridge.access.access_token import ADMIN_CLIENT, Checked
from scimbridge.access.jwt import PublicKey, TokenRefused, Unverified
from scimbridge.access.policy import ROLES
from scimbridge.access.ports import KeySource
from scimbridge.access.principal import Principal
from scimbridge.access.realm import TrustedIssuer
from scimbridge.scim.errors import Unavailable

FRESH: Final = timedelta(minutes=10)
# An issuer that cannot be reached keeps its keys so long, so that its failure is not ours at once.
STALE: Final = timedelta(hours=1)
# However many tokens with made-up key ids arrive, and whether or not the issuer answers.
BETWEEN_FETCHES: Final = timedelta(seconds=30)

_KINDS: Final[Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_RSA_BITS: Final = 2048


@dataclass(slots=True)
class _KeySet:
    """What is known of an issuer's keys: since when, when they were last asked for, and what came of it."""

    keys: Sequence[PublicKey] = ()
    fetched: datetime | None = None
    tried: datetime | None = None
    failure: Unavailable | None = None
    fetching: "asyncio.Task[None] | None" = None


class TrustedIssuers:
    """Verifies tokens of issuers; one for the whole server, so that their keys outlive changes of settings."""

    def __init__(self, source: KeySource, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock
        self._sets: dict[str, _KeySet] = {}  # by URL or file

    async def check(self, token: Unverified, issuer: TrustedIssuer) -> Checked:
        """Raises TokenRefused; Unavailable if the issuer's keys cannot be had."""
        expires = jwt.check_times(token.claims, self._clock())  # before any fetch on its behalf
        _check_claims(token.claims, issuer)
        token.verify(await self._key(token, issuer))
        return Checked(_principal(token.claims, issuer), token.claims, min(expires, self._clock() + FRESH))

    async def _key(self, token: Unverified, issuer: TrustedIssuer) -> PublicKey:
        known = self._sets.setdefault(issuer.jwks_url or issuer.jwks_file, _KeySet())
        now = self._clock()
        if known.fetched is None or now - known.fetched >= FRESH:
            await self._refresh(known, issuer)
        key = _find(known.keys, token)
        if key is None:
            await self._refresh(known, issuer)
            key = _find(known.keys, token)
        if known.failure and (known.fetched is None or now - known.fetched >= STALE):
            raise known.failure
        if key is None:
            raise TokenRefused("The issuer of the token does not publish the key it is signed with.")
        return key

    async def _refresh(self, known: _KeySet, issuer: TrustedIssuer) -> None:
        """One fetch at a time, which all wait for; none if the last was just now."""
        if known.fetching is None:
            now = self._clock()
            if known.tried is not None and now - known.tried < BETWEEN_FETCHES:
                return
            known.tried = now
            known.fetching = asyncio.create_task(self._fetch(known, issuer))
        # A client that hangs up must not take the fetch from the others.
        await asyncio.shield(known.fetching)

    async def _fetch(self, known: _KeySet, issuer: TrustedIssuer) -> None:
        try:
            known.keys = read_jwks(await self._source.fetch(issuer))
            known.fetched, known.failure = self._clock(), None
        except Unavailable as failure:
            known.failure = failure
        finally:
            known.fetching = None


def read_jwks(document: bytes) -> Sequence[PublicKey]:
    """The keys for signatures of a JWKS (RFC 7517); those of other kinds, or too weak, are left out.

    Raises Unavailable if it is no JWKS.
    """
    try:
        entries = orjson.loads(document)["keys"]
        return [key for entry in entries if (key := _read_key(entry))]
    except (ValueError, TypeError, KeyError):
        raise Unavailable("The keys of the token's issuer are no JWKS.", headers={"Retry-After": "30"}) from None


def _read_key(entry: Any) -> PublicKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about short RSA keys, which are refused here
            # Certificates are of no use here, and some issuers publish ones that do not fit.
            parameters = {name: value for name, value in entry.items() if name not in ("x5c", "x5t")}
            key = _KINDS[entry["kty"]].import_key(parameters)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < _RSA_BITS:
        return None
    return key


def _find(keys: Sequence[PublicKey], token: Unverified) -> PublicKey | None:
    """The key that the token names; without a name, the only one there is."""
    algorithm = token.header["alg"]
    fitting = [key for key in keys if key.alg in (None, algorithm)]
    if token.kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.kid == token.kid), None)


def _check_claims(claims: Mapping[str, Any], issuer: TrustedIssuer) -> None:
    audience = claims.get("aud")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        if issuer.audience == ADMIN_CLIENT:  # Keycloak puts it there with the first role of that client
            raise TokenRefused(f"The token has no role of the client {ADMIN_CLIENT}: give its service account one.")
        raise TokenRefused('The "aud" of the token is not this realm\'s.')
    for name, value in issuer.claims.items():
        if claims.get(name) != value:
            raise TokenRefused(f'The claim "{name}" of the token is not what this realm requires.')


def _principal(claims: Mapping[str, Any], issuer: TrustedIssuer) -> Principal:
    names = [claims.get(key) for key in ("preferred_username", "azp", "appid", "client_id", "sub")]
    clients = [claims.get(key) for key in ("azp", "appid", "client_id")]
    return Principal(
        next((name for name in names if isinstance(name, str)), issuer.issuer),
        next((client for client in clients if isinstance(client, str)), ""),
        _granted(claims).union(issuer.roles),
    )


def _granted(claims: Mapping[str, Any]) -> frozenset[str]:
    """The roles in `resource_access.realm-management.roles`, where Keycloak puts them."""
    value: Any = claims
    for key in ("resource_access", ADMIN_CLIENT, "roles"):
        value = value.get(key) if isinstance(value, dict) else None
    return frozenset(role for role in ROLES if isinstance(value, list) and role in value)
