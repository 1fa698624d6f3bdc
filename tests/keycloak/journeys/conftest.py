"""A Keycloak with a realm of its own for each module, and ours in front of it."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from keycloak.server import WITH_SCIM

from .bridged import Bridged, bridged
from .console import ROLES, Console, KeycloakRealm


@pytest.fixture(scope="module")
def console(serve_keycloak: Callable[[str], str], request: pytest.FixtureRequest) -> Iterator[Console]:
    """Of the Keycloak that has SCIM of its own, unless the module asks for another version."""
    version = getattr(request, "param", WITH_SCIM)
    with closing(Console(serve_keycloak(version))) as console:
        if console.version() != version and hasattr(request, "param"):
            pytest.skip(f"the Keycloak that was given is not {version}")
        yield console


@pytest.fixture(scope="module")
def behind(console: Console, request: pytest.FixtureRequest) -> Iterator[KeycloakRealm]:
    """A realm of Keycloak's for each module; its SERVICE_ROLES are those of the bridge's service account."""
    module = request.module.__name__.rpartition(".")[2].removeprefix("test_")
    roles = getattr(request.module, "SERVICE_ROLES", ROLES)
    realm = KeycloakRealm.create(console, f"{module}-{uuid.uuid4().hex[:6]}", roles)
    yield realm
    realm.delete()


@pytest.fixture(scope="module")
def bridge(behind: KeycloakRealm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridged]:
    """Ours in front of it, with delivery `immediate` and everything else as it is by default."""
    with bridged(Path(tmp_path_factory.mktemp("bridge")), behind) as bridge:
        yield bridge
