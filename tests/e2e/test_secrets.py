"""No secret that went in comes out: not in the file, the log, the journal, a reply, or the process list."""

import base64
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from .server import Installation, Server, running

pytestmark = pytest.mark.slow

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
# One password for each way in, so that a find names the way.
PASSWORDS = {
    way: f"pw-{way}-7Kq2ZxV9"
    for way in ("create", "put", "patch", "pathless", "bulk", "refused", "typed", "broken", "filter", "query", "grant")
}


class Visit:
    """Requests that carry secrets, and every byte that came back."""

    def __init__(self, server: Server, realm: str, token: str) -> None:
        self.replies: list[bytes] = []
        self._http = httpx.Client(base_url=server.url)
        self._bearer = {"Authorization": f"Bearer {token}"}
        self._scim = f"/realms/{realm}/scim/v2"
        self._token_endpoint = f"/realms/{realm}/protocol/openid-connect/token"

    def scim(self, method: str, path: str, body: object = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        return self._keep(self._http.request(method, self._scim + path, content=content, headers=self._bearer))

    def authorized(self, authorization: str) -> httpx.Response:
        return self._keep(self._http.get(f"{self._scim}/Users", headers={"Authorization": authorization}))

    def token(self, **form: str) -> httpx.Response:
        """Not kept: an access token is what this endpoint answers."""
        return self._http.post(self._token_endpoint, data=form)

    def close(self) -> None:
        self._http.close()

    def _keep(self, response: httpx.Response) -> httpx.Response:
        self.replies.append(str(response.headers).encode() + response.content)
        return response


def send_passwords(visit: Visit) -> None:
    """Every way by which a password reaches a server, good and bad."""
    user = {"userName": "ada@example.test"}
    ada = visit.scim("POST", "/Users", user | {"password": PASSWORDS["create"]}).json()["id"]
    visit.scim("PUT", f"/Users/{ada}", user | {"password": PASSWORDS["put"]})
    operation = {"op": "replace", "path": "password", "value": PASSWORDS["patch"]}
    visit.scim("PATCH", f"/Users/{ada}", {"schemas": [PATCH], "Operations": [operation]})
    pathless = {"op": "replace", "value": {"password": PASSWORDS["pathless"]}}
    visit.scim("PATCH", f"/Users/{ada}", {"schemas": [PATCH], "Operations": [pathless]})
    bulk = {
        "method": "POST",
        "path": "/Users",
        "bulkId": "b",
        "data": {"userName": "bo", "password": PASSWORDS["bulk"]},
    }
    visit.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": [bulk]})
    assert visit.scim("POST", "/Users", user | {"password": PASSWORDS["refused"]}).status_code == 409
    assert (
        visit.scim("POST", "/Users", {"userName": "cy", "password": {"value": PASSWORDS["typed"]}}).status_code == 400
    )
    broken = f'{{"userName": "di", "password": "{PASSWORDS["broken"]}"'.encode()
    assert visit.scim("POST", "/Users", broken).status_code == 400
    assert visit.scim(
        "GET", f"/Users?filter={quote('password eq ' + json.dumps(PASSWORDS['filter']))}"
    ).status_code in {
        200,
        400,
        403,
    }
    visit.scim("GET", f"/Users?password={PASSWORDS['query']}&access_token={PASSWORDS['query']}")


def send_credentials(visit: Visit, client: str, secret: str) -> Iterator[str]:
    """Every way to prove who one is, good and bad; yields the secrets that were sent or received."""
    grant = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    access = visit.token(**grant).raise_for_status().json()["access_token"]
    assert visit.authorized(f"Bearer {access}").status_code == 200
    assert visit.authorized(access).status_code == 200
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    assert visit.authorized(f"Basic {basic}").status_code == 200
    wrong = "sb_wrong-token-Zq81nV0pL4"
    assert visit.authorized(f"Bearer {wrong}").status_code == 401
    tampered = access[:-8] + "AAAAAAAA"
    assert visit.authorized(f"Bearer {tampered}").status_code == 401
    wrong_secret = "not-the-secret-77aXk2"
    assert visit.token(**(grant | {"client_secret": wrong_secret})).status_code in {400, 401}
    password = {"grant_type": "password", "client_id": client, "client_secret": secret, "username": "ada@example.test"}
    visit.token(**password, password=PASSWORDS["pathless"])
    visit.token(**password, password=PASSWORDS["grant"])
    # The signature makes a token: its header is the same for all, its claims are readable to whoever has it.
    yield from (access, access.rpartition(".")[2], basic, wrong, tampered, wrong_secret)


def files_of(installation: Installation) -> Iterable[Path]:
    return (path for path in installation.folder.rglob("*") if path.is_file())


def test_no_secret_is_found_anywhere_after_every_way_of_sending_one(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.command("realm", "create", "acme", "--password-policy", "store")
    token = installation.command("token", "create", "acme", "okta")
    roles = ("--role", "manage-users", "--role", "view-users")
    secret = installation.command("client", "create", "acme", "scim-client", *roles)
    secrets = {token, secret, *PASSWORDS.values()}
    with running(installation, "--log-level", "debug") as server:
        with closing(Visit(server, "acme", token)) as visit:
            send_passwords(visit)
            secrets.update(send_credentials(visit, "scim-client", secret))
        command_line = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        environment = Path(f"/proc/{server.process.pid}/environ").read_bytes()
        installation.command("backup", str(tmp_path / "copy.db"))
        printed = [
            installation.command(*command)
            for command in (
                ("journal", "acme", "--json"),
                ("user", "list", "acme", "--json"),
                ("token", "list", "acme", "--json"),
                ("client", "list", "acme", "--json"),
                ("realm", "show", "acme", "--json"),
            )
        ]
        # The write-ahead log is there only while the server runs.
        shutil.copytree(tmp_path, running_copy := tmp_path.parent / f"{tmp_path.name}-running", dirs_exist_ok=True)
    places = {
        "the replies": b"\n".join(visit.replies),
        "what commands print": "\n".join(printed).encode(),
        "the process list": command_line + environment,
    }
    places |= {
        str(path): path.read_bytes() for path in (*files_of(installation), *files_of(Installation(running_copy)))
    }
    assert b"ada@example.test" in places[str(installation.database)], "the scan looks at the wrong file"
    found = {(place, hidden) for place, content in places.items() for hidden in secrets if hidden.encode() in content}
    assert not found
