"""`serve` and `try` as a person runs them: processes, signals, ports, and commands beside a running server."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from e2e.server import STOP_LIMIT, Installation, execute, running

pytestmark = pytest.mark.slow

ROLES = ("--role", "manage-users", "--role", "view-users")
USER = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.test"}


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_without_the_feature_every_scim_url_is_404_and_the_log_says_how_to_have_it(installation: Installation) -> None:
    installation.command("realm", "create", "acme")
    token = installation.command("token", "create", "acme", "t")
    with running(installation, "--features", "") as server:
        assert httpx.get(f"{server.scim('acme')}/Users", headers=bearer(token)).status_code == 404
        assert "Start with --features scim-api" in server.log.read_text()


def test_what_commands_change_counts_at_once(installation: Installation) -> None:
    with running(installation) as server:
        url = f"{server.scim('acme')}/Users"
        assert httpx.get(url).status_code == 404
        installation.command("realm", "create", "acme")
        assert httpx.get(url).status_code == 401
        token = installation.command("token", "create", "acme", "t")
        assert httpx.get(url, headers=bearer(token)).status_code == 200
        installation.command("realm", "set", "acme", "--no-scim-api")
        assert httpx.get(url, headers=bearer(token)).status_code == 404
        installation.command("realm", "set", "acme", "--scim-api")
        copy = str(installation.folder / "copy.db")
        installation.command("backup", copy)
        installation.command("token", "revoke", "acme", "t", "--yes")
        assert httpx.get(url, headers=bearer(token)).status_code == 401
        installation.command("restore", copy, "--yes")
        assert httpx.get(url, headers=bearer(token)).status_code == 200


def test_a_stored_password_signs_in_until_the_user_is_inactive(installation: Installation) -> None:
    installation.command("realm", "create", "acme", "--password-policy", "store")
    secret = installation.command("client", "create", "acme", "c", *ROLES, "--grant", "password")
    token = installation.command("token", "create", "acme", "t")
    with running(installation) as server:
        made = httpx.post(
            f"{server.scim('acme')}/Users", json=USER | {"password": "correct horse"}, headers=bearer(token)
        )
        form = {"grant_type": "password", "username": "ADA@example.test", "password": "correct horse"}
        token_url = f"{server.url}/realms/acme/protocol/openid-connect/token"
        assert httpx.post(token_url, data=form, auth=("c", secret)).status_code == 200
        wrong = httpx.post(token_url, data=form | {"password": "wrong horse"}, auth=("c", secret))
        assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
        url = f"{server.scim('acme')}/Users/{made.json()['id']}"
        httpx.put(url, json=USER | {"active": False}, headers=bearer(token))
        assert httpx.post(token_url, data=form, auth=("c", secret)).status_code != 200


def test_the_public_url_is_what_clients_see(installation: Installation) -> None:
    installation.command("realm", "create", "acme")
    token = installation.command("token", "create", "acme", "t")
    with running(installation, "--hostname", "https://scim.example.com/") as server:
        made = httpx.post(f"{server.scim('acme')}/Users", json=USER, headers=bearer(token))
        assert made.headers["location"].startswith("https://scim.example.com/realms/acme/scim/v2/Users/")
        discovery = httpx.get(f"{server.url}/realms/acme/.well-known/openid-configuration").json()
        assert discovery["issuer"] == "https://scim.example.com/realms/acme"


def make_certificate(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 signed by itself; the files of the chain and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*pem))
    return str(chain), str(secret)


def test_https_is_served_with_a_certificate_and_http_beside_it_on_request(installation: Installation) -> None:
    chain, key = make_certificate(installation.folder)
    files = ("--https-certificate-file", chain, "--https-certificate-key-file", key)
    with running(installation, *files, "--https-port", "0", "--http-enabled") as server:
        found = re.search(r"on (https://127\.0\.0\.1:\d+) and http://", server.log.read_text())
        assert found
        assert httpx.get(f"{found[1]}/health/ready", verify=False).status_code == 200  # noqa: S501 (signed by itself)


def test_a_server_that_is_told_to_stop_ends_well(installation: Installation) -> None:
    with running(installation) as server:
        assert server.stop() == 0
        assert server.log.read_text().endswith("scimbridge: Stopped.\n")


def test_a_port_that_is_taken_is_said(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("serve", "try"):
            done = installation.attempt(command, "--http-port", port)
            assert done.returncode == 1
            assert f"Cannot listen on 127.0.0.1 port {port}" in done.stderr


def attempt_try(installation: Installation) -> str:
    done = installation.attempt("try", "--once")
    assert (done.returncode, "FAIL" in done.stdout) == (0, False), done.stdout + done.stderr
    return done.stdout


def test_try_plays_two_applications_and_shows_what_came_of_it_however_often(installation: Installation) -> None:
    first, second = attempt_try(installation), attempt_try(installation)
    for number, out in enumerate((first, second), 1):
        assert out.count("\n  ok  ") == 114
        assert "114 of 114 steps" in out
        assert f"Realm acme holds {6 * number} users" in out
        assert f"Realm acme holds {5 * number} groups" in out
    assert "what it holds is kept" not in first
    assert "what it holds is kept" in second
    assert "ada.moss@wizard-2.example.test" in second
    secret = re.search(r"OAuth2 client secret +(\S+)\n", first)
    token = re.search(r"or a bearer token +(sb_\S+)\n", first)
    assert secret
    assert token
    assert "scimbridge token rotate acme okta --database" in second
    with running(installation) as server:
        assert httpx.get(f"{server.scim('acme')}/Users", headers=bearer(token[1])).json()["totalResults"] == 12
        form = {"grant_type": "client_credentials"}
        token_url = f"{server.url}/realms/acme/protocol/openid-connect/token"
        assert httpx.post(token_url, data=form, auth=("okta", secret[1])).status_code == 200
        assert [client.split()[0] for client in installation.command("client", "list", "acme").splitlines()[1:]] == [
            "okta"  # what the play came in with is gone
        ]


@contextmanager
def trying(installation: Installation) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "scimbridge", "try", "--http-port", "0"],
        cwd=installation.folder,
        env=installation.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_try_goes_on_serving_until_it_is_interrupted(installation: Installation) -> None:
    with trying(installation) as process:
        assert process.stdout
        out = ""
        for text in process.stdout:
            out += text
            if text.startswith("Serving until Ctrl-C"):
                break
        base = re.search(r"SCIM connector base URL +(\S+)", out)
        token = re.search(r"or a bearer token +(\S+)", out)
        assert base
        assert token
        assert httpx.get(f"{base[1]}/Users", headers=bearer(token[1])).json()["totalResults"] == 6
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_LIMIT) == 0


def test_try_interrupted_in_the_middle_leaves_no_way_in(installation: Installation) -> None:
    with trying(installation) as process:
        assert process.stdout
        while "  ok  " not in (text := process.stdout.readline()):
            assert text, "the play did not begin"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=STOP_LIMIT)
        assert process.returncode == 0
    assert [row.split()[0] for row in installation.command("token", "list", "acme").splitlines()[1:]] == ["okta"]
    assert [row.split()[0] for row in installation.command("client", "list", "acme").splitlines()[1:]] == ["okta"]


def test_a_server_needs_neither_typer_nor_a_client_nor_rich(installation: Installation) -> None:
    """They cost 30 MB of the 90 that a server may take."""
    program = (
        "import sys; import scimbridge.cli; print(sorted({'typer', 'pydantic', 'httpx', 'rich'} & set(sys.modules)))"
    )
    assert execute([sys.executable, "-c", program], installation.folder, installation.environment).stdout == "[]\n"
