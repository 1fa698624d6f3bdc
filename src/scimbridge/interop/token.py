"""An access token for a client, as an identity provider gets one (RFC 6749 section 4.4)."""

import base64
import json
from urllib.parse import quote, urlencode

from scimbridge.interop.ports import HttpClient, Request


class TokenRefused(Exception):  # noqa: N818
    """The token endpoint gave no token; the message says what it answered."""


async def fetch_token(client: HttpClient, url: str, client_id: str, secret: str) -> str:
    """By client credentials with client_secret_basic. Raises TokenRefused, Unreachable."""
    # Both are form-encoded before they are joined (RFC 6749 section 2.3.1).
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    body = urlencode({"grant_type": "client_credentials"}).encode()
    reply = await client.send(Request("POST", url, headers, body))
    try:
        document = json.loads(reply.body)
        token = document["access_token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str):
        raise TokenRefused(f"{url} gave no token: status {reply.status}, {reply.body[:200].decode(errors='replace')}")
    return token
