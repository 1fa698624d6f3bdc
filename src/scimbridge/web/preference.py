"""What a client would rather have, as it says in the header `Prefer` (RFC 7240)."""

import re

from scimbridge.web.exchange import Header

MINIMAL: Header = (b"preference-applied", b"return=minimal")

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]*", re.ASCII)


def wants_minimal(prefer: str | None) -> bool:
    """Whether a write is to be answered without the resource; of several `return` the first counts."""
    if prefer is None:
        return False
    # What is quoted may hold a comma; nothing of interest does.
    plain = _QUOTED.sub(lambda match: match[1] if _TOKEN.fullmatch(match[1]) else "", prefer)
    for preference in plain.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return value.strip().lower() == "minimal"
    return False
