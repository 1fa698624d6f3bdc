"""What access needs from outside: its store, the keys of trusted issuers, the accounts of the directory.

A `RealmAccess` is bound to one realm when it is made, so that nothing it finds can be another realm's. Every write
takes the event that records it, and both are on disk or neither. Secrets are stored as SHA-256: they are random, 256
bits, so that a salt or a slow hash would add nothing. Signing keys are stored as they are: the database file is 0600,
and whoever reads it reads the directory too. Secrets that open someone else's server are sealed with a key that lies
in another file, so that a backup of the database does not give them away.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from scimbridge.access.realm import Realm, TrustedIssuer
from scimbridge.scim.errors import NotFound

# The id of no realm: the tokens bound to it are the admin tokens of the whole server.
SERVER = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential's SHA-256 in hexadecimal and the time until which it is good; None = for ever."""

    hash: str = field(repr=False)
    created: datetime
    expires: datetime | None = None

    def good(self, now: datetime) -> bool:
        return self.expires is None or now < self.expires


@dataclass(frozen=True, slots=True)
class Client:
    """A confidential OAuth2 client; `id` is its service account's, and the `sub` of its tokens.

    More than one secret is good while a rotation overlaps; the newest comes first.
    """

    client_id: str
    id: str
    created: datetime
    description: str = ""
    enabled: bool = True
    service_account: bool = True
    grants: tuple[str, ...] = ("client_credentials",)
    roles: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A static bearer token; its secrets as with a client. `last_used` is right to about a minute."""

    name: str
    created: datetime
    roles: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key that signs (RS256) the realm's access tokens: the one without `expires`; the others only verify."""

    kid: str
    private_pem: str = field(repr=False)
    created: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdminEvent:
    """An administrative change: who did what to what. `operation` is e.g. `client.rotate`; no secret is in `detail`.

    `sequence` is given by the store.
    """

    time: datetime
    actor: str
    operation: str
    subject: str
    realm: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0


class NameTaken(Exception):  # noqa: N818 (the field's word; mapped to Uniqueness by Administration)
    """There is one of that name already."""


class RealmGone(NotFound):
    """The realm was deleted meanwhile."""

    def __init__(self) -> None:
        super().__init__("The realm is gone.")


class RealmAccess(Protocol):
    """The clients, static tokens and signing keys of one realm; what adds one raises RealmGone."""

    def client(self, client_id: str) -> Client | None: ...

    def clients(self) -> Sequence[Client]:
        """In order of client id."""

    async def add_client(self, client: Client, event: AdminEvent) -> None:
        """Raises NameTaken."""

    async def update_client(
        self, client_id: str, change: Callable[[Client], Client], event: AdminEvent
    ) -> Client | None:
        """Reads, changes, writes in one transaction; what `change` raises passes through. None if there is none."""

    async def delete_client(self, client_id: str, event: AdminEvent) -> bool: ...

    def token(self, hash: str) -> Token | None:  # noqa: A002
        """The token that has, or had, a secret with this hash: a point read by index."""

    def tokens(self) -> Sequence[Token]:
        """In order of name."""

    async def add_token(self, token: Token, event: AdminEvent) -> None:
        """Raises NameTaken."""

    async def update_token(self, name: str, change: Callable[[Token], Token], event: AdminEvent) -> Token | None: ...

    async def delete_token(self, name: str, event: AdminEvent) -> bool: ...

    async def touch_token(self, name: str, used: datetime) -> None:
        """Notes a use; no event, and no change of the version."""

    def keys(self) -> Sequence[SigningKey]:
        """The newest first."""

    async def change_keys(
        self, change: Callable[[Sequence[SigningKey]], Sequence[SigningKey]], event: AdminEvent
    ) -> Sequence[SigningKey]:
        """Replaces the keys; if `change` returns an equal list nothing is written and no event is kept."""

    def sealed(self, purpose: str) -> bytes | None:
        """A sealed secret by what it is for."""

    async def put_sealed(self, purpose: str, sealed: bytes | None, event: AdminEvent) -> None:
        """Replaces it; None takes it away, and if there was none no event is kept. Raises RealmGone."""


class AccessStore(Protocol):
    """The realms of the server, and what grants access to each."""

    def version(self) -> int:
        """Differs whenever anything here differs, whichever process wrote it; cheap enough for every request."""

    def realms(self) -> Sequence[Realm]:
        """In order of name."""

    def realm(self, name: str) -> Realm | None: ...

    async def add_realm(self, realm: Realm, event: AdminEvent) -> None:
        """Raises NameTaken."""

    async def update_realm(self, name: str, change: Callable[[Realm], Realm], event: AdminEvent) -> Realm | None:
        """As update_client. Raises NameTaken."""

    async def delete_realm(self, name: str, event: AdminEvent) -> bool:
        """Deletes the realm and all that is in it, resources and journal included; its URLs are gone at once."""

    def access(self, realm_id: str) -> RealmAccess:
        """The credentials of a realm, or with SERVER the admin tokens."""

    def events(self, realm: str | None = None, after: int = 0, count: int = 100) -> Sequence[AdminEvent]:
        """Those with a greater sequence than `after`, in order; of one realm by name, or all."""


class Seal(Protocol):
    """Closes secrets so that only the holder of its key can open them."""

    def close(self, secret: str) -> bytes: ...

    def open(self, sealed: bytes) -> str:
        """Raises Unavailable if it was closed with another key, or the key is gone."""


class TokenRelay(Protocol):
    """The token endpoint of the server behind a realm, for clients that are known there."""

    async def token(self, authorization: str | None, form: bytes) -> tuple[int, Mapping[str, Any]]:
        """Its answer to a token request: status and JSON object. Raises Unavailable."""


class KeySource(Protocol):
    """Fetches the key set of a trusted issuer."""

    async def fetch(self, issuer: TrustedIssuer) -> bytes:
        """The JWKS document as it stands; raises Unavailable with the reason."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user as the password grant needs it; `password` is the encoded hash, None if there is none."""

    id: str
    name: str
    active: bool
    password: str | None = field(default=None, repr=False)


class Accounts(Protocol):
    """The users of a realm who may sign in."""

    def by_name(self, name: str) -> Account | None: ...

    def by_id(self, id: str) -> Account | None: ...  # noqa: A002

    async def verify(self, encoded: str, password: str) -> bool:
        """Whether the password has this hash; takes 20 ms of a core."""
