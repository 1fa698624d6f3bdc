"""A realm with everything that access needs, with a clock, ids and secrets that tests can foretell."""

import asyncio
import itertools
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from joserfc.jwk import RSAKey

from scimbridge.access.administration import Administration
from scimbridge.access.gate import Gate, open_gate
from scimbridge.access.issuers import TrustedIssuers
from scimbridge.access.oauth import Reply
from scimbridge.access.ports import Account
from scimbridge.access.principal import Principal
from scimbridge.access.realm import TrustedIssuer
from scimbridge.access.sources import Sources
from scimbridge.access.throttle import Throttle
from scimbridge.adapters.memory.access import MemoryAccessStore
from scimbridge.scim.errors import ScimError, Unavailable

ISSUER = "https://id.example.test/realms/acme"
ADDRESS = "192.0.2.1"
ACTOR = "cli:ada"
# Making one takes 50 ms, so all tests share two.
PEMS = [RSAKey.generate_key(2048).as_pem(private=True).decode() for _ in range(2)]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class FakeAccounts:
    """Users by name; the hash of a password is the password backwards."""

    accounts: dict[str, Account] = field(default_factory=dict)
    verified: list[str] = field(default_factory=list)

    def add(self, name: str, password: str | None = "correct horse", *, active: bool = True) -> None:  # noqa: S107
        self.accounts[name] = Account(f"id-{name}", name, active, password[::-1] if password else None)

    def by_name(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def by_id(self, id: str) -> Account | None:  # noqa: A002
        return next((account for account in self.accounts.values() if account.id == id), None)

    async def verify(self, encoded: str, password: str) -> bool:
        self.verified.append(encoded)
        await asyncio.sleep(0)
        return encoded == password[::-1]


class FakeSeal:
    """Closes a secret by writing it backwards."""

    def close(self, secret: str) -> bytes:
        return secret[::-1].encode()

    def open(self, sealed: bytes) -> str:
        return sealed.decode()[::-1]


class FakeKeySource:
    """Answers with `document`, or raises it; counts."""

    def __init__(self) -> None:
        self.document: bytes | Unavailable = b'{"keys": []}'
        self.fetches = 0

    async def fetch(self, issuer: TrustedIssuer) -> bytes:
        assert issuer.jwks_url or issuer.jwks_file
        self.fetches += 1
        await asyncio.sleep(0)
        if isinstance(self.document, Unavailable):
            raise self.document
        return self.document


class FakeRelay:
    """A token endpoint elsewhere: answers with `reply`, or raises it; remembers what it was asked."""

    def __init__(self) -> None:
        self.reply: tuple[int, dict[str, Any]] | Unavailable = (200, {"access_token": "theirs"})
        self.asked: list[tuple[str | None, bytes]] = []

    async def token(self, authorization: str | None, form: bytes) -> tuple[int, Mapping[str, Any]]:
        self.asked.append((authorization, form))
        if isinstance(self.reply, Unavailable):
            raise self.reply
        return self.reply


class Site:
    """A server with one realm, `acme`, once `open` was called."""

    def __init__(self) -> None:
        numbers, secrets, pems = itertools.count(1), itertools.count(1), itertools.cycle(PEMS)

        async def key() -> str:
            return next(pems)

        self.clock = Clock()
        self.sources = Sources(self.clock, lambda: f"id-{next(numbers)}", lambda: f"secret-{next(secrets):036}", key)
        self.store = MemoryAccessStore()
        self.administration = Administration(self.store, self.sources, FakeSeal())
        self.accounts = FakeAccounts()
        self.key_source = FakeKeySource()
        self.relay: FakeRelay | None = None
        self.slept: list[float] = []
        self.throttle = Throttle(self.clock, self._sleep)
        self.issuers = TrustedIssuers(self.key_source, self.clock)

    async def open(self, settings: Mapping[str, Any] | None = None) -> Gate:
        """Makes the realm, or changes it, and gives its gate."""
        if self.store.realm("acme") is None:
            await self.administration.realms.create("acme", settings or {}, actor=ACTOR)
        elif settings:
            await self.administration.realms.change("acme", settings, actor=ACTOR)
        return self.gate()

    def gate(self, realm: str = "acme") -> Gate:
        """As after a new start of the server."""
        return open_gate(
            self.administration.realms.get(realm),
            self.store,
            self.accounts,
            issuers=self.issuers,
            throttle=self.throttle,
            sources=self.sources,
            relay=self.relay,
        )

    async def client(self, client_id: str = "scim-client", **settings: Any) -> str:
        """Makes a client and gives its secret."""
        settings.setdefault("roles", ["manage-users"])
        issued = await self.administration.clients("acme").create(client_id, actor=ACTOR, **settings)
        return issued.secret

    async def token(self, name: str = "okta", **settings: Any) -> str:
        """Makes a static token and gives its value."""
        return (await self.administration.tokens("acme").create(name, actor=ACTOR, **settings)).value

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def form(**parameters: str) -> bytes:
    return urlencode(parameters).encode()


async def grant(gate: Gate, secret: str, client_id: str = "scim-client", **parameters: str) -> Reply:
    """Asks for a token with client_secret_basic."""
    parameters.setdefault("grant_type", "client_credentials")
    return await gate.tokens.token(basic(client_id, secret), form(**parameters), ISSUER, ADDRESS)


async def access_token(gate: Gate, secret: str, client_id: str = "scim-client", **parameters: str) -> str:
    reply = await grant(gate, secret, client_id, **parameters)
    assert reply.status == 200, reply.body
    token: str = reply.body["access_token"]
    return token


async def enter(gate: Gate, authorization: str | None, address: str = ADDRESS) -> Principal | ScimError:
    """Authenticates as web does: by memory, then in full. Gives the refusal in place of raising it."""
    known = gate.authenticator.recall(authorization) if authorization else None
    if known:
        return known
    try:
        return await gate.authenticator.authenticate(authorization, address)
    except ScimError as error:
        return error
