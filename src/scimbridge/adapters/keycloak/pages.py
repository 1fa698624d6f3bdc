"""Lists of the Admin REST API, page by page."""

from collections.abc import AsyncIterator
from typing import Any, Final

from scimbridge.adapters.keycloak.client import Client, Parameters
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.provisioning.errors import TargetRefused

# A page of 100 users costs Keycloak 45 ms and one of 500 not much less for each user: what counts is that no
# answer takes long.
SIZE: Final = 200


async def pages(client: Client, path: str, parameters: Parameters | None = None) -> AsyncIterator[list[Any]]:
    """Each page of a list that takes `first` and `max`; TargetRefused if what it belongs to is not there."""
    first = 0
    while True:
        answer = await client.get(path, {**(parameters or {}), "first": str(first), "max": str(SIZE)})
        if answer is None:
            raise TargetRefused("what was asked for is not there any more.")
        page = as_list(answer)
        if page:
            yield page
        if len(page) < SIZE:
            return
        first += SIZE
