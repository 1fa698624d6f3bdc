"""Static bearer tokens: made, rotated, revoked. Also the admin tokens, which are those bound to no realm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from scimbridge.access.credential import TOKEN_PREFIX, digest, rotate
from scimbridge.access.policy import USER_ROLES, check_roles
from scimbridge.access.ports import NameTaken, RealmAccess, Secret, Token
from scimbridge.access.realm import NAME
from scimbridge.access.sources import Sources
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and its value, which is told this once and not stored."""

    token: Token
    value: str = field(repr=False)


class Tokens:
    """The static tokens of one realm; `realm` is its name, or "" for the admin tokens of the server."""

    def __init__(self, access: RealmAccess, realm: str, sources: Sources) -> None:
        self._access = access
        self._realm = realm
        self._sources = sources

    def list(self) -> Sequence[Token]:
        return self._access.tokens()

    async def create(
        self,
        name: str,
        *,
        actor: str,
        roles: Iterable[str] = USER_ROLES,
        lifetime: timedelta | None = None,
    ) -> IssuedToken:
        """A token that is good for `lifetime`, or for ever; raises InvalidValue, Uniqueness."""
        if not NAME.fullmatch(name):
            raise InvalidValue(
                f'"{name}" cannot name a token: 1 to 64 letters, digits, dots, hyphens or underscores are needed,'
                " the first a letter or digit."
            )
        granted = check_roles(roles) if self._realm else ()
        secret, value = self._make(lifetime)
        token = Token(name, secret.created, granted, (secret,))
        event = self._sources.event(actor, "token.create", name, self._realm, {"roles": list(granted)})
        try:
            await self._access.add_token(token, event)
        except NameTaken:
            raise Uniqueness(f'There is a token "{name}" already; rotate it, or revoke it first.') from None
        return IssuedToken(token, value)

    async def rotate(
        self, name: str, *, actor: str, overlap: timedelta = timedelta(), lifetime: timedelta | None = None
    ) -> IssuedToken:
        """A new value; the old one is good for `overlap` longer. It lives as long as the old one did, unless told.

        Raises NotFound.
        """
        secret, value = self._make(lifetime)
        event = self._sources.event(actor, "token.rotate", name, self._realm, {"overlap": overlap.total_seconds()})

        def change(old: Token) -> Token:
            latest = max(old.secrets, key=lambda each: each.created)
            new = secret if lifetime is not None else _as_long(secret, latest)
            return replace(old, secrets=rotate(old.secrets, new, overlap, new.created))

        token = await self._access.update_token(name, change, event)
        if token is None:
            raise self._missing(name)
        return IssuedToken(token, value)

    async def revoke(self, name: str, *, actor: str) -> None:
        """The token is no longer good, now. Raises NotFound."""
        event = self._sources.event(actor, "token.revoke", name, self._realm)
        if not await self._access.delete_token(name, event):
            raise self._missing(name)

    def _make(self, lifetime: timedelta | None) -> tuple[Secret, str]:
        value = TOKEN_PREFIX + self._sources.secret()
        now = self._sources.clock()
        return Secret(digest(value), now, now + lifetime if lifetime is not None else None), value

    def _missing(self, name: str) -> NotFound:
        where = f'realm "{self._realm}"' if self._realm else "the admin tokens"
        return NotFound(f'There is no token "{name}" in {where}.')


def _as_long(secret: Secret, before: Secret) -> Secret:
    """The secret with the lifetime that another one had."""
    if before.expires is None:
        return secret
    return replace(secret, expires=secret.created + (before.expires - before.created))
