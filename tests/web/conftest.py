"""The whole web side over memory stores, asked through an HTTP client with no socket in between."""

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from access.site import FakeSeal
from scimbridge.access.administration import Administration
from scimbridge.access.gate import open_gate
from scimbridge.access.issuers import TrustedIssuers
from scimbridge.access.ports import Account
from scimbridge.access.realm import Realm, TrustedIssuer
from scimbridge.access.sources import Sources
from scimbridge.access.throttle import Throttle
from scimbridge.adapters.memory.access import MemoryAccessStore
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.directory.passwords import StoredPasswords
from scimbridge.directory.service import Service
from scimbridge.provisioning.jobs import Jobs
from scimbridge.scim.core import CORE
from scimbridge.scim.limits import Limits
from scimbridge.web.log import AccessLog
from scimbridge.web.operation import Readiness
from scimbridge.web.ports import BridgeAdministration, Imports, Provisioned, Served
from scimbridge.web.site import Options, Sensors, create_app

from .loopback import Loopback

ORIGIN = "https://id.example.test"
SCIM = "application/scim+json; charset=UTF-8"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MOST_BYTES = 4096  # of a body, so that tests of the limit are quick


@cache
def signing_key() -> str:
    """One RSA key for all tests: making one takes a tenth of a second."""
    return RSAKey.generate_key(2048).as_pem(private=True).decode()


class ReversingHasher:
    """Stands for argon2id, which is tested where it lives."""

    async def hash(self, password: str) -> str:
        return password[::-1]

    async def verify(self, encoded: str, password: str) -> bool:
        return encoded == password[::-1]


class Accounts:
    """The users of a directory, for the password grant."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory

    def by_name(self, name: str) -> Account | None:
        record = self._directory.lookup("User", name)
        return Account(record.id, name, active=True, password=self._directory.password(record.id)) if record else None

    def by_id(self, id: str) -> Account | None:  # noqa: A002
        record = self._directory.get("User", id)
        return Account(record.id, "user", active=True) if record else None

    async def verify(self, encoded: str, password: str) -> bool:
        return encoded == password[::-1]


class NoKeys:
    async def fetch(self, issuer: TrustedIssuer) -> bytes:
        raise AssertionError(issuer)


class Realms:
    """Fulfils web.ports.ServedRealms over the memory stores."""

    def __init__(self, store: MemoryAccessStore, sources: Sources, throttle: Throttle) -> None:
        self._store = store
        self._sources = sources
        self._throttle = throttle
        self._directories: dict[str, MemoryDirectory] = {}
        self._served: dict[str, Served] = {}

    def find(self, name: str) -> Served | None:
        realm = self._store.realm(name)
        if realm is None:
            return None
        known = self._served.get(realm.id)
        if known is None or known.realm != realm:
            known = self._served[realm.id] = self._serve(realm)
        return known

    def provisioning(self, name: str) -> Provisioned | None:
        """What works on realms is tried over SQLite, as the next three (tests/web/admin)."""
        raise AssertionError(name)

    def imports(self, realm: Realm) -> Imports:
        raise AssertionError(realm)

    def bridge(self, realm: Realm) -> BridgeAdministration:
        raise AssertionError(realm)

    def jobs(self, realm: Realm) -> Jobs:
        raise AssertionError(realm)

    def _serve(self, realm: Realm) -> Served:
        clock, ids = self._sources.clock, self._sources.ids
        directory = self._directories.setdefault(realm.id, MemoryDirectory(CORE, realm=realm.id, clock=clock, ids=ids))
        gate = open_gate(
            realm,
            self._store,
            Accounts(directory),
            issuers=TrustedIssuers(NoKeys(), clock),
            throttle=self._throttle,
            sources=self._sources,
        )
        service = Service(realm, CORE, directory, StoredPasswords(ReversingHasher()), Limits(max_payload=MOST_BYTES))
        return Served(realm, service, gate.authenticator, gate.tokens)


class Site:
    """A server with no realm yet, and short words for what tests do to it."""

    def __init__(self, options: Options, access_log: AccessLog | None = None) -> None:
        instants = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=n) for n in itertools.count())
        numbers = itertools.count(1)
        self.sources = Sources(
            clock=lambda: next(instants),
            ids=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
            secret=lambda: f"{next(numbers):043}",
            key=self._key,
        )
        self.store = MemoryAccessStore()
        self.throttle = Throttle(self.sources.clock, self._sleep)
        self.realms = Realms(self.store, self.sources, self.throttle)
        self.administration = Administration(self.store, self.sources, FakeSeal())
        self.readiness = Readiness(self.store.version)
        self.app = create_app(
            self.realms,
            self.administration,
            readiness=self.readiness,
            options=options,
            sensors=Sensors(gauges={"scimbridge_test_depth": ("A number.", lambda: 7.0)}),
            access_log=access_log,
            new_id=lambda: "made",
        )
        self.http = httpx.AsyncClient(transport=Loopback(self.app.answer), base_url=ORIGIN)
        self.slept: list[float] = []

    async def realm(self, name: str = "acme", **settings: Any) -> "Tenant":
        await self.administration.realms.create(name, settings, actor="test")
        token = await self.administration.tokens(name).create("okta", actor="test")
        return Tenant(self, name, token.value)

    async def admin(self) -> Mapping[str, str]:
        """Headers with a new admin token."""
        token = await self.administration.admin_tokens.create(self.sources.ids(), actor="test")
        return {"Authorization": f"Bearer {token.value}"}

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @staticmethod
    async def _key() -> str:
        return signing_key()


class Tenant:
    """A realm with a token that may do everything to users and groups."""

    def __init__(self, site: Site, name: str, token: str) -> None:
        self.site = site
        self.name = name
        self.base = f"/realms/{name}/scim/v2"
        self.headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request below the SCIM base; header names are written with underscores."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return await self.site.http.request(method, self.base + path, content=body, headers=sent)
        return await self.site.http.request(method, self.base + path, json=body, headers=sent)

    async def user(self, name: str = "ada@example.test", **attributes: Any) -> dict[str, Any]:
        created = await self.ask("POST", "/Users", {"schemas": [USER], "userName": name, **attributes})
        assert created.status_code == 201, created.text
        return dict(created.json())

    async def token(self, *roles: str) -> dict[str, str]:
        """Headers with a token that has only these roles."""
        tokens = self.site.administration.tokens(self.name)
        made = await tokens.create(self.site.sources.ids(), actor="test", roles=roles)
        return {"Authorization": f"Bearer {made.value}"}


MakeSite = Callable[..., Site]


@pytest.fixture
async def make_site() -> AsyncIterator[MakeSite]:
    sites: list[Site] = []

    def make(access_log: AccessLog | None = None, **options: Any) -> Site:
        sites.append(Site(Options(**options), access_log))
        return sites[-1]

    yield make
    for site in sites:
        await site.http.aclose()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
async def acme(site: Site) -> Tenant:
    return await site.realm()


def assert_error(response: httpx.Response, status: int, scim_type: str | None = None) -> str:
    """It is a SCIM Error message of this status; returns its detail."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == SCIM
    body = response.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType") == scim_type
    assert body["detail"]
    return str(body["detail"])
