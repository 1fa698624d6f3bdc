"""Lookups by name, as Okta writes them, and which of the resources that come back is the one that was meant."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused
from scimbridge.provisioning.replies import Page
from scimbridge.provisioning.styles.places import values_at

# Those that RFC 7643 has as caseExact.
_EXACT: Final = frozenset({"externalId", "id"})


def lookup_query(attribute: str, value: str, count: int) -> str:
    """The raw query (clients' form: `filter=userName%20eq%20%22x%22&startIndex=1&count=100`)."""
    filter_text = f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"
    return f"filter={quote(filter_text, safe='')}&startIndex=1&count={count}"


def choose(page: Page, attribute: str, value: str, what: str) -> dict[str, Any] | None:
    """The one resource with this value, None if there is none.

    Servers exist that ignore a filter, or read `eq` as "contains": what does not have the value is nobody's match.
    Raises TargetMisbehaved, or TargetRefused if several have it.
    """
    found = [resource for resource in page.resources if _has(resource, attribute, value)]
    if len(found) > 1:
        found = [resource for resource in found if value in values_at(resource, attribute)] or found
    if len(found) > 1:
        raise TargetRefused(
            f"{len(found)} resources there have {attribute} {value!r}: {', '.join(item['id'] for item in found[:5])}.",
            attribute=attribute,
            conflict=True,
        )
    if not found and page.total > len(page.resources):
        raise TargetMisbehaved(f"{what} with a filter on {attribute} was answered with {page.total} others.")
    return found[0] if found else None


def _has(resource: Mapping[str, Any], attribute: str, value: str) -> bool:
    found = [present for present in values_at(resource, attribute) if isinstance(present, str)]
    if attribute in _EXACT:
        return value in found
    return value.casefold() in (present.casefold() for present in found)
