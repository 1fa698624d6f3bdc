"""What a target says of itself in /ServiceProviderConfig (RFC 7644 section 4), as far as pushing depends on it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from scimbridge.provisioning.capabilities import Capabilities
from scimbridge.provisioning.replies import is_good
from scimbridge.provisioning.target import Reply

PATH = "/ServiceProviderConfig"


def read_configuration(reply: Reply, known: Capabilities) -> Capabilities:
    """What is known with what the reply says; a target that says nothing of use is as RFC 7644 has it.

    Many have no such document, or an incomplete one (GitLab, Infisical/infisical#6552).
    """
    try:
        document = orjson.loads(reply.body) if is_good(reply) else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        return known
    size = _member(document, "filter").get("maxResults")
    if isinstance(size, int) and not isinstance(size, bool) and size > 0:  # Keycloak 26.6 has 0
        known = replace(known, page_size=min(size, known.page_size))
    patch = _member(document, "patch").get("supported")
    return replace(known, patch_users=patch, patch_groups=patch) if isinstance(patch, bool) else known


def _member(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
