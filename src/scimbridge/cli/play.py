"""The two Okta applications that `scimbridge try` plays: one made with the wizard, one from the catalogue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count

from scimbridge.access.administration import Administration
from scimbridge.access.policy import USER_ROLES
from scimbridge.adapters.http import HttpxClient
from scimbridge.cli.output import put
from scimbridge.cli.progress import put_step
from scimbridge.cli.resource import find
from scimbridge.directory.service import Service
from scimbridge.interop.credentials import Credentials, bearer
from scimbridge.interop.player import play
from scimbridge.interop.suite_file import load_bundled
from scimbridge.interop.token import fetch_token
from scimbridge.interop.variation import vary
from scimbridge.scim.errors import NotFound

WIZARD, CATALOGUE = "try-wizard", "try-catalogue"
_ACTOR = "cli:try"


class ServerGone(Exception):  # noqa: N818
    """The server answers no more: somebody stopped it in the middle of the play."""


@dataclass(frozen=True, slots=True)
class PlayCredentials:
    """The wizard application gets its tokens by OAuth2, the catalogue one has a static token."""

    client_secret: str
    token: str


@asynccontextmanager
async def temporary_credentials(administration: Administration, realm: str) -> AsyncIterator[PlayCredentials]:
    """Ways in that are good only for the play: those for a real Okta are shown once and stay as they are."""
    clients, tokens = administration.clients(realm), administration.tokens(realm)

    async def withdraw() -> None:
        with suppress(NotFound):
            await clients.delete(WIZARD, actor=_ACTOR)
        with suppress(NotFound):
            await tokens.revoke(CATALOGUE, actor=_ACTOR)

    await withdraw()  # what a play that was killed has left
    issued = await clients.create(WIZARD, roles=USER_ROLES, actor=_ACTOR)
    token = await tokens.create(CATALOGUE, actor=_ACTOR)
    try:
        yield PlayCredentials(issued.secret, token.value)
    finally:
        ending = asyncio.create_task(withdraw())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:  # the server stopped first, and now its caller ends the play: not half-way here
            await ending
            raise


async def play_applications(
    service: Service, url: str, credentials: PlayCredentials, *, verify: bool
) -> tuple[int, int]:
    """Plays both over HTTP against the server at `url`, telling each step; (steps that were good, steps).

    Raises ServerGone.
    """
    realm_url = f"{url}/realms/{service.realm.name}"
    good = steps = 0
    async with HttpxClient(verify=verify) as client:
        token_url = f"{realm_url}/protocol/openid-connect/token"
        access_token = await fetch_token(client, token_url, WIZARD, credentials.client_secret)
        plays = (
            (
                "okta-wizard",
                "wizard",
                "an application made with Okta's wizard, OAuth2 client credentials",
                access_token,
            ),
            (
                "okta-catalogue",
                "catalogue",
                "an application from Okta's catalogue, static token",
                credentials.token,
            ),
        )
        for number, (name, word, description, token) in enumerate(plays, 1):
            suite = vary(load_bundled(name), await _free_tag(service, word))
            put(f"\n{number}/{len(plays)}  {description} ({len(suite.steps)} recorded steps)\n")
            async for result in play(suite, client, f"{realm_url}/scim/v2", Credentials(bearer(token))):
                if result.status is None:
                    raise ServerGone
                put_step(result)
                good, steps = good + result.good, steps + 1
    return good, steps


async def _free_tag(service: Service, word: str) -> str:
    """A mark for names that no resource bears yet, so that each start plays with new people."""
    for number in count(1):
        tag = word if number == 1 else f"{word}-{number}"
        taken = (("User", f'userName ew "@{tag}.example.test"'), ("Group", f'displayName ew "-{tag}"'))
        if not [record for kind, text in taken async for record in find(service, kind, text)]:
            return tag
    raise AssertionError  # count does not end
