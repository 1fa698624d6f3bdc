"""What an administrator does at Keycloak, and what a person does who signs in: the judge of both sides.

It shares no code with the bridge: httpx, and Keycloak's Admin REST API as its documentation has it.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

SERVICE, SERVICE_SECRET = "scimbridge", "service-account-secret-of-the-tests"
LOGIN, LOGIN_SECRET = "portal", "portal-secret-of-the-tests"
SCENARIO_ROLES = ("manage-users", "view-users", "query-groups", "query-users", "view-realm")
# With `view-clients` it sees at once who holds a role of an administrator.
ROLES = (*SCENARIO_ROLES, "view-clients")
# A token of the master realm lives for a minute.
TOKEN_AGE = 40.0


class Console:
    """The Admin REST API of a Keycloak, as its first administrator."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._token, self._fetched = "", 0.0
        self._http = httpx.Client(base_url=self.url, timeout=120, trust_env=False)

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """`path` is below /admin/realms; fails unless the answer is a success."""
        response = self._http.request(
            method,
            f"/admin/realms{path}",
            json=body,
            params=query or None,
            headers={"Authorization": f"Bearer {self._bearer()}"},
        )
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response

    def get(self, path: str, **query: Any) -> Any:
        return self.request("GET", path, **query).json()

    def make(self, path: str, body: Any) -> str:
        """POST; the id that the Location ends with."""
        return str(self.request("POST", path, body).headers.get("Location", "")).rpartition("/")[2]

    def version(self) -> str:
        info = self._http.get("/admin/serverinfo", headers={"Authorization": f"Bearer {self._bearer()}"}).json()
        return str(info["systemInfo"]["version"])

    def form(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        return self._http.post(path, data=dict(fields))

    def bearer_get(self, path: str, token: str) -> httpx.Response:
        return self._http.get(path, headers={"Authorization": f"Bearer {token}"})

    def close(self) -> None:
        self._http.close()

    def _bearer(self) -> str:
        if time.monotonic() - self._fetched > TOKEN_AGE:
            form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"}
            reply = self._http.post("/realms/master/protocol/openid-connect/token", data=form).raise_for_status()
            self._token, self._fetched = str(reply.json()["access_token"]), time.monotonic()
        return self._token


@dataclass(frozen=True, slots=True)
class KeycloakRealm:
    """A realm of the real Keycloak, with a service account for the bridge and a client for people to sign in to."""

    console: Console
    name: str

    @property
    def url(self) -> str:
        return f"{self.console.url}/realms/{self.name}"

    @classmethod
    def create(cls, console: Console, name: str, roles: tuple[str, ...] = ROLES, **settings: Any) -> "KeycloakRealm":
        """`roles`: those of the bridge's service account."""
        representation = {
            "realm": name,
            "enabled": True,
            "adminEventsEnabled": True,
            "adminEventsDetailsEnabled": True,
            "editUsernameAllowed": True,
        }
        if console.version() >= "26.7":
            representation["scimApiEnabled"] = True
        console.make("", representation | settings)
        realm = cls(console, name)
        realm.allow_unmanaged()
        realm.add_client(SERVICE, SERVICE_SECRET, roles)
        realm.add_client(LOGIN, LOGIN_SECRET)
        return realm

    def get(self, path: str, **query: Any) -> Any:
        return self.console.get(f"/{self.name}{path}", **query)

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.console.request(method, f"/{self.name}{path}", body)

    def make(self, path: str, body: Any) -> str:
        return self.console.make(f"/{self.name}{path}", body)

    def allow_unmanaged(self) -> None:
        """Attributes that the user profile does not declare are kept, not dropped in silence."""
        profile = self.get("/users/profile")
        self.request("PUT", "/users/profile", profile | {"unmanagedAttributePolicy": "ADMIN_EDIT"})

    def change(self, **settings: Any) -> None:
        self.request("PUT", "", {"realm": self.name} | settings)

    def add_client(self, client: str, secret: str, roles: tuple[str, ...] = ()) -> str:
        """A confidential client; with roles it has a service account that holds them."""
        # 26.7 introspects a token only for a client that is in its audience.
        mapper = {
            "name": "audience",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": client, "access.token.claim": "true"},
        }
        uuid = self.make(
            "/clients",
            {
                "clientId": client,
                "protocolMappers": [mapper],
                "secret": secret,
                "serviceAccountsEnabled": bool(roles),
                "directAccessGrantsEnabled": not roles,
                "standardFlowEnabled": False,
            },
        )
        if roles:
            account = self.get(f"/clients/{uuid}/service-account-user")["id"]
            self.grant(account, *roles)
        return uuid

    def grant(self, account: str, *roles: str) -> None:
        """Gives an account roles of `realm-management`: it is an administrator now."""
        management = self.get("/clients", clientId="realm-management")[0]["id"]
        known = {role["name"]: role for role in self.get(f"/clients/{management}/roles")}
        self.request("POST", f"/users/{account}/role-mappings/clients/{management}", [known[role] for role in roles])

    def make_user(self, username: str, **more: Any) -> str:
        return self.make("/users", person(username) | more)

    def user(self, username: str) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = self.get("/users", username=username, exact="true", briefRepresentation="false")
        assert len(found) <= 1, f"{username} is there {len(found)} times"
        return found[0] if found else None

    def users(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := self.get("/users", first=len(found), max=500, briefRepresentation="true"):
            found += page
        return found

    def groups(self) -> Iterator[dict[str, Any]]:
        """All, each before its children."""
        waiting = list(self.get("/groups", max=-1))
        while waiting:
            group = waiting.pop()
            yield group
            if group.get("subGroupCount"):
                waiting += self.get(f"/groups/{group['id']}/children", max=100_000)

    def members(self, group: str) -> set[str]:
        return {user["id"] for user in self.get(f"/groups/{group}/members", max=100_000)}

    def admin_events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.get("/admin-events", max=10_000)
        return events

    def delete(self) -> None:
        self.request("DELETE", "")

    def sign_in(self, username: str, password: str, scope: str = "openid") -> "Session | None":
        """The password grant; None if Keycloak says that the credential is not good."""
        form = {"grant_type": "password", "username": username, "password": password, "scope": scope}
        reply = self._token(form)
        if reply.status_code in {400, 401}:
            assert reply.json()["error"] == "invalid_grant", reply.text
            return None
        tokens = reply.raise_for_status().json()
        return Session(self, tokens["access_token"], tokens["refresh_token"])

    def client_token(self, client: str = SERVICE, secret: str = SERVICE_SECRET) -> str:
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        return str(self._post("token", form).raise_for_status().json()["access_token"])

    def _token(self, form: Mapping[str, str]) -> httpx.Response:
        return self._post("token", dict(form) | {"client_id": LOGIN, "client_secret": LOGIN_SECRET})

    def _post(self, endpoint: str, form: Mapping[str, str]) -> httpx.Response:
        return self.console.form(f"/realms/{self.name}/protocol/openid-connect/{endpoint}", form)


@dataclass(frozen=True, slots=True)
class Session:
    """A person who has signed in at Keycloak."""

    realm: KeycloakRealm
    access: str = field(repr=False)
    refresh: str = field(repr=False)

    def refreshes(self) -> bool:
        """The refresh token, online or offline, still gives an access token."""
        return self.realm._token({"grant_type": "refresh_token", "refresh_token": self.refresh}).is_success

    def known(self) -> bool:
        """The access token opens the userinfo endpoint, and introspection calls it active; both say the same."""
        userinfo = self.realm.console.bearer_get(
            f"/realms/{self.realm.name}/protocol/openid-connect/userinfo", self.access
        )
        form = {"token": self.access, "client_id": LOGIN, "client_secret": LOGIN_SECRET}
        active = self.realm._post("token/introspect", form).json()["active"]
        assert userinfo.is_success == active, userinfo.text
        return bool(active)


def person(username: str) -> dict[str, Any]:
    """A user as an administrator makes one: complete, so that the account can be signed in to."""
    return {
        "username": username,
        "enabled": True,
        "email": f"{username.partition('@')[0]}@example.test",
        "firstName": username[:1].upper(),
        "lastName": "Test",
    }
