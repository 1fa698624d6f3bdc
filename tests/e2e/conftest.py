"""One server for all the judges that only need a realm with a token."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .server import Installation, Server, running


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm of a running server, with the ways in."""

    installation: Installation
    server: Server
    name: str
    token: str

    @property
    def base(self) -> str:
        return self.server.scim(self.name)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(Path(tmp_path_factory.mktemp("e2e")))


@pytest.fixture(scope="session")
def server(installation: Installation) -> Iterator[Server]:
    with running(installation) as server:
        yield server


@pytest.fixture(scope="module")
def realm(installation: Installation, server: Server, request: pytest.FixtureRequest) -> Realm:
    """A realm of its own for each module, made while the server runs."""
    name = request.module.__name__.rpartition(".")[2].replace("_", "-")
    installation.command("realm", "create", name, "--password-policy", "store")
    return Realm(installation, server, name, installation.command("token", "create", name, "judge"))
