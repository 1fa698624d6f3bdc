"""A real server over HTTP for the conversations, each test with a realm of its own."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.server import Installation, Server, running


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm that a client knows by its base URL and a token."""

    installation: Installation
    name: str
    base_url: str
    token_url: str
    token: str


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(Path(tmp_path_factory.mktemp("clients")))


@pytest.fixture(scope="session")
def server(installation: Installation) -> Iterator[Server]:
    with running(installation, "--no-access-log") as server:
        yield server


_numbers = itertools.count(1)


@pytest.fixture
def realm(installation: Installation, server: Server) -> Realm:
    name = f"realm-{next(_numbers)}"
    installation.command("realm", "create", name, "--password-policy", "store")
    token = installation.command("token", "create", name, "client")
    token_url = f"{server.url}/realms/{name}/protocol/openid-connect/token"
    return Realm(installation, name, server.scim(name), token_url, token)
