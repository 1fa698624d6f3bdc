"""The comparison page of the documentation, made anew:

    uv run --directory tests python -m peers.compare --keycloak http://127.0.0.1:8080 > ../docs/reference/comparison.md

wants a Keycloak of 26.7 or later in development mode, with the feature `scim-api`, whose first administrator is
admin/admin; it makes two realms there and deletes them. The other servers are started here: SCIMMY needs node and npm,
django-scim2 comes into an environment of its own. Every server keeps its data in memory or in a temporary folder.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx

from e2e.server import Installation, free_port, running
from keycloak.journeys.bridged import bridged
from keycloak.journeys.console import LOGIN, LOGIN_SECRET, ROLES, SERVICE, SERVICE_SECRET, Console, KeycloakRealm

HERE = Path(__file__).parent
DJANGO = "0.23.0"
TOKEN = "token-of-the-comparison"
NEEDS_NODE = "SCIMMY needs npm and node (Debian: apt install nodejs npm)"
START_LIMIT = 60.0  # seconds; npm and uv may have to fetch something first

INTRODUCTION = """\
# SCIM servers compared

Which server takes a create with `password`, which stores it, which synchronises users and groups, by which ways in, how
fast, and with which identity providers it works. Every answer is what the server did, not what it says of itself.

{made} The Keycloaks are one and the same, each with a fresh realm. The libraries run with the least code that their
documentation asks for, data in memory (SCIMMY, scim2-server) or in SQLite (django-scim2); what they do with passwords
is left out. Times are the median of twenty requests over one connection, all on one machine that was not idle: they
tell orders of magnitude. It is not a verdict on what comes later. Repeat it with
[your servers](../how-to/check-a-server.md#several-side-by-side), or this page with `python -m peers.compare` in
`tests/`.

Not in the table, as no identity provider asks: what a deactivation ends. At Keycloak's native server the tokens of a
user who was switched off and on again work as before. Behind scimbridge they do not
(`tests/keycloak/journeys/test_passwords.py`, against 26.7.4 and 26.5.6).

"""


class Peers:
    """The file that names the servers to compare, and the processes behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "servers.toml"
        self._secrets = 0

    def add(self, name: str, base_url: str, **more: str) -> None:
        """A server; what ends with `_file` is a secret, which goes into a file."""
        lines = ["[[server]]", f'name = "{name}"', f'base-url = "{base_url}"']
        for key, value in more.items():
            lines.append(f'{key.replace("_", "-")} = "{self._keep(value) if key.endswith("_file") else value}"')
        with self.file.open("a") as out:
            out.write("\n".join(lines) + "\n")

    def _keep(self, secret: str) -> str:
        self._secrets += 1
        path = self.folder / f"secret-{self._secrets}"
        path.write_text(secret)
        return path.name


@contextmanager
def process(command: Sequence[str], folder: Path, url: str) -> Iterator[None]:
    """A server that answers below `url` when the block begins."""
    with (folder / "server.log").open("ab") as log:
        started = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                httpx.get(f"{url}/Users", timeout=2)
                break
            except httpx.TransportError:
                assert started.poll() is None, (folder / "server.log").read_text()[-3000:]
                assert time.monotonic() < deadline, f"{url} does not answer"
                time.sleep(0.1)
        yield
    finally:
        started.terminate()
        started.wait(15)


def start_ours(stack: ExitStack, peers: Peers) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    installation = Installation(folder)
    installation.command("realm", "create", "acme", "--password-policy", "store")
    token = installation.command("token", "create", "acme", "okta")
    roles = [word for role in ROLES[:5] for word in ("--role", role)]
    secret = installation.command("client", "create", "acme", "scim-client", *roles)
    portal = installation.command("client", "create", "acme", "portal", "--grant", "password", "--no-service-account")
    server = stack.enter_context(running(installation, "--no-access-log"))
    peers.add(
        f"scimbridge {version('scimbridge')}",
        server.scim("acme"),
        token_file=token,
        token_url=f"{server.url}/realms/acme/protocol/openid-connect/token",
        client_id="scim-client",
        client_secret_file=secret,
        sign_in_id="portal",
        sign_in_secret_file=portal,
    )


def start_keycloak(stack: ExitStack, peers: Peers, url: str) -> None:
    """Ours in front of it, and its own SCIM server."""
    console = stack.enter_context(closing(Console(url)))
    named = f"Keycloak {console.version()}"
    behind, native = (
        KeycloakRealm.create(console, f"compare-{way}-{time.time_ns() % 10**9}", accessTokenLifespan=3600)
        for way in ("behind", "native")
    )
    stack.callback(behind.delete)
    stack.callback(native.delete)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    bridge = stack.enter_context(bridged(folder, behind, serve=("--no-access-log",)))
    signing = {"sign_in_id": LOGIN, "sign_in_secret_file": LOGIN_SECRET}
    peers.add(
        f"scimbridge {version('scimbridge')} with {named} behind it",
        bridge.base,
        token_file=bridge.token,
        token_url=f"{bridge.server.url}/realms/acme/protocol/openid-connect/token",
        client_id=SERVICE,
        client_secret_file=SERVICE_SECRET,
        **signing,
    )
    client = native.add_client("scim-client", "secret-of-the-comparison", ROLES)
    audience = {"included.custom.audience": f"{native.url}/scim/v2", "access.token.claim": "true"}
    mapper = {"name": "scim", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper"}
    native.make(f"/clients/{client}/protocol-mappers/models", mapper | {"config": audience})
    peers.add(
        f"{named}, native SCIM",
        f"{native.url}/scim/v2",
        token_url=f"{native.url}/protocol/openid-connect/token",
        client_id="scim-client",
        client_secret_file="secret-of-the-comparison",
        **signing,
    )


def start_scim2_server(stack: ExitStack, peers: Peers) -> None:
    port = free_port()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    program = Path(sys.executable).with_name("scim2-server")
    base = f"http://127.0.0.1:{port}"
    stack.enter_context(process([str(program), "--port", str(port), "--bearer-token", TOKEN], folder, base))
    peers.add(f"scim2-server {version('scim2-server')}", base, token_file=TOKEN)


def start_scimmy(stack: ExitStack, peers: Peers) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm is not None, NEEDS_NODE
    assert node is not None, NEEDS_NODE
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    for name in ("package.json", "serve.mjs"):
        shutil.copy(HERE / "scimmy" / name, folder)
    subprocess.run(  # noqa: S603
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder, check=True
    )
    port = free_port()
    base = f"http://127.0.0.1:{port}/scim/v2"
    stack.enter_context(process([node, "serve.mjs", str(port), TOKEN], folder, base))
    wanted = dict(re.findall(r'"(scimmy[-\w]*)": "([\d.]+)"', (folder / "package.json").read_text()))
    peers.add(f"SCIMMY {wanted['scimmy']} with scimmy-routers {wanted['scimmy-routers']}", base, token_file=TOKEN)


def start_django(stack: ExitStack, peers: Peers) -> None:
    uv = shutil.which("uv")
    assert uv, "django-scim2 is run by uv, in an environment of its own"
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "django"
    shutil.copytree(HERE / "django", folder)
    port = free_port()
    base = f"http://127.0.0.1:{port}/scim/v2"
    run = [uv, "run", "--no-project", "--quiet", "--with", f"django-scim2=={DJANGO}", "--with", "waitress"]
    stack.enter_context(process([*run, "python", "serve.py", str(port), TOKEN], folder, base))
    peers.add(f"django-scim2 {DJANGO}", base, token_file=TOKEN)


def compare(peers: Peers) -> str:
    """What `scimbridge compare` prints, without what is another one each time."""
    command = [sys.executable, "-m", "scimbridge", "compare", "--file", str(peers.file), "--format", "markdown"]
    done = subprocess.run(command, env=os.environ, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    hexadecimal = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b"
    text = re.sub(hexadecimal, "ID", done.stdout)
    return re.sub(r"scimbridge-check-[a-z]{6}-\d+", "TAG", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keycloak", metavar="URL", help="without it, no Keycloak is compared")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        peers = Peers(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        start_ours(stack, peers)
        if chosen.keycloak:
            start_keycloak(stack, peers, chosen.keycloak)
        start_scim2_server(stack, peers)
        start_scimmy(stack, peers)
        start_django(stack, peers)
        made, _, tables = compare(peers).partition("\n\n")
        sys.stdout.write(INTRODUCTION.format(made=made) + tables)


if __name__ == "__main__":
    main()
