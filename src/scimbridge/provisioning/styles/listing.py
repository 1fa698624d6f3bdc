"""All pages of a list, and whether they add up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable
from scimbridge.provisioning.replies import Page

# Gives the page from a place, 1 being the first, of so many at most.
Fetch = Callable[[int, int], Awaitable[Page]]


async def list_all(fetch: Fetch, size: int, what: str) -> AsyncIterator[dict[str, Any]]:
    """Every resource once. Raises TargetMisbehaved, and TargetUnavailable if some went away meanwhile.

    Okta's rule: while the next index is not beyond `totalResults`. Servers that cut lists short or count from 0
    (wso2/product-is#13752, Metatavu/keycloak-scim-server#125) would make people seem to be gone.
    """
    seen: set[str] = set()
    start, most = 1, 0
    while True:
        page = await fetch(start, size)
        if page.total < most:
            raise TargetUnavailable(f"{what} changed while it was read: {most} became {page.total}.")
        most = page.total
        for resource in page.resources:
            if resource["id"] in seen:
                raise TargetMisbehaved(f"{what} gives {resource['id']} on more than one page.")
            seen.add(resource["id"])
            yield resource
        start += len(page.resources)
        if start > page.total:
            return
        if not page.resources:
            raise TargetMisbehaved(f"{what} says that there are {page.total}, and gives {len(seen)}.")
