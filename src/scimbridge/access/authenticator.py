"""Who makes a SCIM request: the `Authorization` header of every kind that clients send, turned into a Principal.

Bearer sb_...          a static token of the realm          Basic name:sb_...           the same
Bearer eyJ...          an access token (JWT)                Basic client_id:secret      a client's service account
sb_... or eyJ...       the same without a scheme (Okta's header mode sends the field as typed)
Anything sb_...        the same (Ping's "authorization header type" can replace the word Bearer)
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from scimbridge.access import jwt
from scimbridge.access.access_token import AccessTokens
from scimbridge.access.credential import TOKEN_PREFIX, check_client, digest, find_secret, read_basic
from scimbridge.access.issuers import TrustedIssuers
from scimbridge.access.jwt import TokenRefused
from scimbridge.access.keycloak import trusted_issuers
from scimbridge.access.ports import RealmAccess
from scimbridge.access.principal import Principal
from scimbridge.access.realm import Realm
from scimbridge.access.throttle import Throttle
from scimbridge.scim.errors import Unauthenticated

logger = logging.getLogger(__name__)

# 10,000 principals are about 5 MB.
MOST_KNOWN: Final = 10_000
TOUCH_INTERVAL: Final = timedelta(minutes=1)

# What error_description may not hold (RFC 6750 section 3).
_NOT_QUOTABLE = re.compile(r'[^\x20-\x7e]|["\\]')

_UNKNOWN = "The credential is not good in this realm: check it, and the realm's name in the URL."


@dataclass(slots=True)
class _Known:
    """A credential that was good: for whom, until when; for a static token its name, and when to note its use."""

    principal: Principal
    expires: datetime | None
    token: str | None = None
    touch_due: datetime | None = None


class Authenticator:
    """Authenticates the requests to one realm."""

    def __init__(
        self,
        realm: Realm,
        access: RealmAccess,
        *,
        version: Callable[[], int],
        tokens: AccessTokens,
        issuers: TrustedIssuers,
        throttle: Throttle,
        clock: Callable[[], datetime],
    ) -> None:
        self._realm = realm
        self._access = access
        self._version = version
        self._tokens = tokens
        self._issuers = issuers
        self._throttle = throttle
        self._clock = clock
        self._trusted = trusted_issuers(realm)
        self._seen: int | None = None
        self._known: dict[bytes, _Known] = {}  # by SHA-256 of the header
        self._touching: set[asyncio.Task[None]] = set()

    def recall(self, authorization: str) -> Principal | None:
        """Whose this header is, if that is known from before and nothing has changed since; 5 us."""
        version = self._version()
        if version != self._seen:
            self._known.clear()
            self._seen = version
            return None
        key = _fingerprint(authorization)
        known = self._known.get(key)
        if known is None:
            return None
        now = self._clock()
        if known.expires is not None and now >= known.expires:
            del self._known[key]
            return None
        if known.touch_due is not None and now >= known.touch_due:
            self._touch(known, now)
        return known.principal

    async def authenticate(self, authorization: str | None, address: str) -> Principal:
        """Whose this header is; `address` is the client's, for counting failures.

        Raises Unauthenticated with `WWW-Authenticate`, TooManyRequests after many failures, and Unavailable when the
        keys of a trusted issuer cannot be had.
        """
        if not authorization or not authorization.strip():
            raise self._challenge("No credential: send the header Authorization, e.g. Bearer and an access token.")
        version = self._version()
        try:
            known = await self._identify(authorization.strip())
        except TokenRefused as reason:
            await self._throttle.fail(self._realm.id, address)
            raise self._challenge(str(reason), "invalid_token") from None
        # Kept only if nothing was changed while an issuer's keys were fetched; a user's never, because the directory
        # may deactivate the user at any time and moves no version here.
        if self._seen == version == self._version() and known.principal.user is None:
            self._remember(_fingerprint(authorization), known)
        return known.principal

    async def close(self) -> None:
        """Waits until every use of a token is noted."""
        await asyncio.gather(*self._touching)

    async def _identify(self, authorization: str) -> _Known:
        scheme, _, rest = authorization.partition(" ")
        credential = rest.strip() or scheme
        if rest and scheme.lower() == "basic":
            return self._basic(credential)
        if credential.startswith(TOKEN_PREFIX):
            return self._static(credential)
        if credential.count(".") != 2:  # noqa: PLR2004 (header.payload.signature)
            raise TokenRefused(_UNKNOWN)
        token = jwt.parse(credential)
        issuer = self._trusted.get(token.issuer)
        checked = await self._issuers.check(token, issuer) if issuer else self._tokens.check(token)
        return _Known(checked.principal, checked.expires)

    def _basic(self, credentials: str) -> _Known:
        for name, secret in read_basic(credentials):
            if secret.startswith(TOKEN_PREFIX):
                return self._static(secret, name)
            found = check_client(self._access, name, secret, self._clock())
            if found and found[0].service_account and "client_credentials" in found[0].grants:
                client, good = found
                principal = Principal(f"service-account-{name.lower()}", name, frozenset(client.roles))
                return _Known(principal, good.expires)
        raise TokenRefused(_UNKNOWN)

    def _static(self, value: str, name: str | None = None) -> _Known:
        hash_, now = digest(value), self._clock()
        token = self._access.token(hash_)
        secret = find_secret(token.secrets, hash_) if token else None
        if token is None or secret is None or name not in (None, token.name):
            raise TokenRefused(_UNKNOWN)
        if not secret.good(now):
            raise TokenRefused("The token has expired, or was replaced by a newer one.")
        known = _Known(Principal(token.name, token.name, frozenset(token.roles)), secret.expires, token.name, now)
        if token.last_used is None or now >= token.last_used + TOUCH_INTERVAL:
            self._touch(known, now)
        else:
            known.touch_due = token.last_used + TOUCH_INTERVAL
        return known

    def _remember(self, key: bytes, known: _Known) -> None:
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[key] = known

    def _touch(self, known: _Known, now: datetime) -> None:
        """Notes a use of a static token, beside the request and not before its answer."""
        known.touch_due = now + TOUCH_INTERVAL
        task = asyncio.get_running_loop().create_task(self._note_use(str(known.token), now))
        self._touching.add(task)
        task.add_done_callback(self._touching.discard)

    async def _note_use(self, token: str, now: datetime) -> None:
        try:
            await self._access.touch_token(token, now)
        except Exception:  # whatever it is, the request was good
            logger.exception("The use of a token could not be noted")

    def _challenge(self, detail: str, error: str | None = None) -> Unauthenticated:
        """RFC 6750 section 3: without a credential there is no error code."""
        bearer = f'Bearer realm="{self._realm.name}"'
        if error:
            described = _NOT_QUOTABLE.sub("'", detail)
            bearer += f', error="{error}", error_description="{described}"'
        return Unauthenticated(detail, headers={"WWW-Authenticate": f'{bearer}, Basic realm="{self._realm.name}"'})


def _fingerprint(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode("utf-8", "surrogatepass")).digest()
