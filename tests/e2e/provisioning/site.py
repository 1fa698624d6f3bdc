"""A realm whose people are provisioned, as its administrator has it: the command line, files, and perhaps a server."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from e2e.server import Installation, Server, execute
from keycloak.journeys.bridged import wait_until

ACTIONS = ("--push-new-users", "--push-profile-updates", "--deactivate-users", "--push-groups")
LIMIT = 600.0  # seconds that a command has
REALM, APPLICATION = "acme", "portal"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, slots=True)
class Site:
    """The realm acme with the application portal; both are made by `begin`."""

    installation: Installation

    def command(self, *words: str) -> str:
        """`scimbridge WORDS`, which must be done; what it prints."""
        done = self.attempt(*words)
        assert done.returncode == 0, f"scimbridge {' '.join(words)}: {done.stdout} {done.stderr}"
        return done.stdout.rstrip("\n")

    def attempt(self, *words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "scimbridge", *words]
        return execute(program, self.installation.folder, self.installation.environment, LIMIT)

    def begin(self, url: str, secret: str, *options: str) -> None:
        self.command("realm", "create", REALM)
        self.command("application", "create", REALM, APPLICATION, "--url", url, *self.secret(secret), *options)

    def secret(self, secret: str) -> tuple[str, str]:
        """As an option."""
        path = self.installation.folder / "secret"
        path.write_text(secret)
        return "--secret-file", str(path)

    def set(self, *options: str) -> None:
        self.command("application", "set", REALM, APPLICATION, *options)

    def of_application(self, group: str, verb: str, *words: str) -> str:
        return self.command(group, verb, REALM, APPLICATION, *words)

    def assign(self, *names: str, groups: Sequence[str] = ()) -> None:
        self.of_application("application", "assign", *_named(names, groups))

    def unassign(self, *names: str, groups: Sequence[str] = ()) -> None:
        self.of_application("application", "unassign", *_named(names, groups))

    def push(self, *options: str) -> "Pushed":
        return Pushed(self.attempt("push", REALM, APPLICATION, "--json", *options))

    def tasks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.command("task", "list", REALM, "--json"))
        return found

    def links(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.of_application("application", "links", "--json"))
        return found

    def standing(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.of_application("application", "show", "--json"))["standing"]
        return shown

    def keep_people(self, rows: Iterable[Mapping[str, str]]) -> None:
        """What the file of people has from now on, and imports it: the source is made the first time."""
        path = self.installation.folder / "people.csv"
        is_new = not path.exists()
        listed = list(rows)
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(listed[0]))
            writer.writeheader()
            writer.writerows(listed)
        if is_new:
            columns = ("--csv-key", "id", "--csv-groups", "groups")
            self.command("source", "create", REALM, "people", "--csv", str(path), *columns)
        self.command("source", "import", REALM, "people")


class Pushed:
    """What `scimbridge push --json` said."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.done = done
        assert done.stdout, done.stderr
        self.summary: dict[str, Any] = json.loads(done.stdout)

    @property
    def counts(self) -> dict[str, int]:
        """By action; fails unless all of it was done."""
        assert self.done.returncode == 0, self.done.stdout
        assert {row["outcome"] for row in self.summary["counts"]} <= {"done"}, self.summary
        return {row["action"]: row["count"] for row in self.summary["counts"]}

    @property
    def outcomes(self) -> dict[tuple[str, str], int]:
        return {(row["action"], row["outcome"]): row["count"] for row in self.summary["counts"]}

    @property
    def dropped(self) -> dict[str, int]:
        found: dict[str, int] = self.summary["dropped"]
        return found


class Api:
    """JSON over HTTP; every answer must be a success."""

    def __init__(self, url: str, token: str, content_type: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        response = self._http.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else {}

    def close(self) -> None:
        self._http.close()


class Admin(Api):
    """The admin API of a server, about the application."""

    def __init__(self, server: Server, token: str) -> None:
        super().__init__(f"{server.url}/admin/realms/{REALM}/applications", token, "application/json")

    def ask(self, method: str, path: str = "", body: Any = None) -> Any:
        """`path` is below the application's."""
        return self.send(method, f"/{APPLICATION}{path}", body)

    def settle(self) -> None:
        """Returns when nothing waits to be pushed."""
        wait_until(lambda: self.ask("GET")["standing"]["waiting"] == 0, "the queue is empty")


class Directory(Api):
    """The people of a realm, changed by its SCIM API as an identity provider or a script does."""

    def __init__(self, server: Server, realm: str, token: str) -> None:
        super().__init__(server.scim(realm), token, "application/scim+json")

    def create(self, kind: str, document: Mapping[str, Any]) -> str:
        """The id."""
        return str(self.send("POST", f"/{kind}", document)["id"])

    def change(self, kind: str, id_: str, **attributes: Any) -> None:
        self.patch(kind, id_, {"op": "replace", "value": attributes})

    def patch(self, kind: str, id_: str, *operations: Mapping[str, Any]) -> None:
        self.send("PATCH", f"/{kind}/{id_}", {"schemas": [PATCH], "Operations": list(operations)})

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Page by page."""
        found: list[dict[str, Any]] = []
        while page := self.send("GET", f"/{kind}?startIndex={len(found) + 1}&count=1000")["Resources"]:
            found += page
        return found


def _named(names: Sequence[str], groups: Sequence[str]) -> list[str]:
    users = [word for name in names for word in ("--user", name)]
    return users + [word for name in groups for word in ("--group", name)]


def open_site(folder: Path) -> Site:
    folder.mkdir()
    return Site(Installation(folder))
