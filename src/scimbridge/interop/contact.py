"""How one SCIM server is reached, and which ways in were given for it."""

import base64
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from scimbridge.interop.credentials import Credentials, bearer
from scimbridge.interop.ports import HttpClient, Request, Unreachable
from scimbridge.interop.token import TokenRefused, fetch_token

_OK = 200


@dataclass(frozen=True, slots=True)
class Contact:
    """A server that is checked or compared with others. "" is what was not given; secrets are in no repr.

    `token`: a static bearer token. `client_id`, `client_secret` and `token_url`: client credentials. `username` and
    `password`: Basic. `headers`: sent with every request. `other_token`: a bearer token of another tenant of the same
    server. `sign_in_id`, `sign_in_secret`: a client of the token endpoint with the password grant, to prove that a
    password was stored.
    """

    name: str
    base_url: str
    token: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    other_token: str = field(default="", repr=False)
    sign_in_id: str = ""
    sign_in_secret: str = field(default="", repr=False)

    async def authorize(self, client: HttpClient) -> Credentials:
        """Good credentials, fresh where they run out. Raises TokenRefused, Unreachable."""
        given: Mapping[str, str] = {}  # a server that asks for none
        if self.token:
            given = bearer(self.token)
        elif self.username:
            given = _basic(self.username, self.password)
        elif self.client_id:
            token = await fetch_token(client, self.token_url, self.client_id, self.client_secret)
            given = bearer(token)
        other = {**self.headers, **bearer(self.other_token)} if self.other_token else {}
        return Credentials({**self.headers, **given}, other)

    async def ways(self, client: HttpClient) -> AsyncIterator[tuple[str, bool]]:
        """Each way in that the given credentials allow to try, and whether it opens."""
        if self.client_id:
            try:
                token = await fetch_token(client, self.token_url, self.client_id, self.client_secret)
            except (TokenRefused, Unreachable):
                yield OAUTH2, False
            else:
                yield OAUTH2, await self._opens(client, bearer(token))
            yield BASIC, await self._opens(client, _basic(self.client_id, self.client_secret))
        if self.username:
            yield BASIC, await self._opens(client, _basic(self.username, self.password))
        if self.token:
            yield STATIC, await self._opens(client, bearer(self.token))
            yield BARE, await self._opens(client, {"Authorization": self.token})
        if self.headers:
            yield HEADERS, await self._opens(client, {})

    async def signs_in(self, client: HttpClient, username: str, password: str) -> bool | None:
        """Whether the password grant takes it; None where no client was given to try."""
        if not self.sign_in_id:
            return None
        form = {
            "grant_type": "password",
            "client_id": self.sign_in_id,
            "client_secret": self.sign_in_secret,
            "username": username,
            "password": password,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        reply = await client.send(Request("POST", self.token_url, headers, urlencode(form, quote_via=quote).encode()))
        return reply.status == _OK

    async def _opens(self, client: HttpClient, headers: Mapping[str, str]) -> bool:
        url = f"{self.base_url}/Users?startIndex=1&count=1"
        try:
            reply = await client.send(Request("GET", url, {**self.headers, **headers}))
        except Unreachable:
            return False
        return reply.status == _OK


OAUTH2, BASIC, STATIC, BARE, HEADERS = (
    "OAuth2 client credentials",
    "Basic",
    "static bearer token",
    "token without a scheme",
    "headers of its own",
)


def _basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"}
