"""Real Keycloaks, started when the first test wants one and stopped at the end.

SCIMBRIDGE_TEST_KEYCLOAK names a running one (in development mode, admin/admin) to be used in place of all.
"""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest

from bridge.fake import FakeKeycloak
from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.target import KeycloakTarget

from .journeys.console import SERVICE, SERVICE_SECRET, Console, KeycloakRealm
from .server import WITH_SCIM, KeycloakServer, installed
from .site import MEMORY, Site

Serve = Callable[[str], str]


@pytest.fixture(scope="session")
def serve_keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Gives the URL of a Keycloak of a version."""
    running: dict[str, KeycloakServer] = {}

    def serve(version: str) -> str:
        given = os.environ.get("SCIMBRIDGE_TEST_KEYCLOAK")
        if given:
            return given
        if version not in running:
            if shutil.which("mvn") is None:
                pytest.skip("mvn, which fetches Keycloak, is not installed")
            server = KeycloakServer(installed(version, tmp_path_factory.mktemp("keycloak")), version)
            server.start()
            running[version] = server
        return running[version].url

    yield serve
    for server in running.values():
        server.stop()
        shutil.rmtree(server.home)


@pytest.fixture(scope="session")
def keycloak(serve_keycloak: Serve) -> str:
    """The URL of one that has SCIM of its own."""
    return serve_keycloak(WITH_SCIM)


@pytest.fixture(scope="module")
def realm(request: pytest.FixtureRequest, serve_keycloak: Serve) -> Iterator[KeycloakRealm | None]:
    """A realm of a real one of the version that the module asks for; None stands for the one in memory."""
    if request.param == MEMORY:
        yield None
        return
    console = Console(serve_keycloak(request.param))
    realm = KeycloakRealm.create(console, f"target-{uuid.uuid4().hex[:6]}")
    yield realm
    realm.delete()
    console.close()


@pytest.fixture
async def site(realm: KeycloakRealm | None) -> AsyncIterator[Site]:
    if realm is None:
        yield Site(FakeKeycloak(lambda: datetime.now(UTC)))
        return
    settings = Keycloak(realm.url, client_id=SERVICE)
    target = KeycloakTarget(Client(settings, SERVICE_SECRET), settings)
    yield Site(target)
    await target.close()


@pytest.fixture
def name() -> str:
    """One that no other test has."""
    return f"n{uuid.uuid4().hex[:8]}"
