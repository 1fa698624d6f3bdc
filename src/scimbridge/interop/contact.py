"""How one SCIM server is reached, and which ways in were given for it."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from scimbridge.interop.ports import HttpClient, Request, Unreachable
from scimbridge.interop.token import TokenRefused, fetch_token


@dataclass(frozen=True, slots=True)
class Contact:
    """A server that is compared with others. "" is what was not given; secrets are in no repr.

    `token`: a static bearer token. `client_id`, `client_secret` and `token_url`: client credentials. `sign_in_id`,
    `sign_in_secret`: a client of that token endpoint with the password grant, to prove that a password was stored.
    """

    name: str
    base_url: str
    token: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    sign_in_id: str = ""
    sign_in_secret: str = field(default="", repr=False)

    async def authorize(self, client: HttpClient) -> str:
        """A good Authorization header, fresh where it runs out. Raises TokenRefused, Unreachable."""
        if self.token:
            return f"Bearer {self.token}"
        return f"Bearer {await fetch_token(client, self.token_url, self.client_id, self.client_secret)}"

    async def ways(self, client: HttpClient) -> AsyncIterator[tuple[str, bool]]:
        """Each way in that the given credentials allow to try, and whether it opens."""
        url = f"{self.base_url}/Users?startIndex=1&count=1"
        if self.client_id:
            try:
                token = await fetch_token(client, self.token_url, self.client_id, self.client_secret)
            except (TokenRefused, Unreachable):
                yield "OAuth2", False
            else:
                yield "OAuth2", await _opens(client, url, f"Bearer {token}")
            basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
            yield "Basic", await _opens(client, url, f"Basic {basic}")
        if self.token:
            yield "static bearer token", await _opens(client, url, f"Bearer {self.token}")
            yield "token without a scheme", await _opens(client, url, self.token)

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
        return reply.status == 200  # noqa: PLR2004


async def _opens(client: HttpClient, url: str, authorization: str) -> bool:
    try:
        reply = await client.send(Request("GET", url, {"Authorization": authorization}))
    except Unreachable:
        return False
    return reply.status == 200  # noqa: PLR2004
