"""Signed access tokens (JWS, RFC 7515 and 7519): taken apart, verified, made.

Only public-key algorithms: with `none` or HS256 an attacker would sign with what everybody knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = RSAKey | ECKey | OKPKey

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"}
)
# Keycloak's tokens with many roles come to 4 kB; a head may have 64 kB.
_MAX_LENGTH = 16_384
# For clocks that differ.
LEEWAY: Final = timedelta(seconds=30)


class TokenRefused(Exception):  # noqa: N818 (a condition, mapped to 401)
    """The token is not good; the argument is a sentence the client may read."""


class _Registry(jws.JWSRegistry):
    """Takes headers that it does not know (RFC 7515 section 4), and certificates in them (x5c)."""

    max_header_length = 8192

    def get_alg(self, name: str) -> Any:
        """Without the warning that EdDSA is now spelled Ed25519 (RFC 9864): Keycloak signs as EdDSA."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


_REGISTRY = _Registry(strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token taken apart and not yet believed."""

    parts: jws.CompactSignature
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def kid(self) -> str | None:
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    @property
    def issuer(self) -> str:
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else ""

    def verify(self, key: PublicKey) -> None:
        """Raises TokenRefused if `key` did not sign it."""
        try:
            good = jws.validate_compact(self.parts, key, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError):
            good = False
        if not good:
            raise TokenRefused("The signature of the token is not good.")


def parse(token: str) -> Unverified:
    """Takes a token apart; raises TokenRefused if it is none, or asks for an algorithm or extension not taken."""
    if len(token) > _MAX_LENGTH:
        raise TokenRefused("The token is too long.")
    try:
        parts = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY)
        header, claims = parts.headers(), orjson.loads(parts.payload)
    except (JoseError, ValueError, TypeError):
        raise TokenRefused("The token is malformed.") from None
    # b64 and other critical extensions change what is signed (RFC 7515 section 4.1.11, RFC 7797).
    if not isinstance(claims, dict) or "crit" in header or "b64" in header:
        raise TokenRefused("The token is malformed.")
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefused("The token is signed with an algorithm that is not taken.")
    return Unverified(parts, header, claims)


def sign(claims: Mapping[str, Any], key: RSAKey, kid: str) -> str:
    """An RS256 token; costs half a millisecond of a core."""
    return jws.serialize_compact(
        {"alg": "RS256", "typ": "JWT", "kid": kid}, orjson.dumps(claims), key, registry=_REGISTRY
    )


def check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """The time until which the token is taken; raises TokenRefused if that is over or has not begun."""
    expires = _time(claims, "exp")
    if expires is None:
        raise TokenRefused('The token has no "exp".')
    if now >= expires + LEEWAY:
        raise TokenRefused("The token has expired; get a new one.")
    not_before = _time(claims, "nbf")
    if not_before is not None and now < not_before - LEEWAY:
        raise TokenRefused("The token is not valid yet.")
    return expires + LEEWAY


def _time(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise TypeError  # noqa: TRY301 (one refusal for every kind of nonsense)
        # A year is taken off the end of time so that the leeway can be added.
        return min(datetime.fromtimestamp(value, UTC), datetime.max.replace(year=9998, tzinfo=UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        raise TokenRefused(f'The "{name}" of the token is no time.') from None
