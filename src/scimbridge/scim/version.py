"""Versions of resources as entity tags (RFC 7644 section 3.14): weak, `W/"3"`."""

from scimbridge.scim.errors import VersionMismatch


def etag(version: int) -> str:
    return f'W/"{version}"'


def matches(condition: str, tag: str) -> bool:
    """Whether an If-Match or If-None-Match value names this tag; tags compare weakly, `*` names any.

    Every tag of ours is weak, so If-Match compares weakly too: strongly, it could never hold (RFC 9110 8.8.3.2).
    """
    own = tag.removeprefix("W/")
    named = (part.strip() for part in condition.split(","))
    return any(part == "*" or part.removeprefix("W/") == own for part in named)


def require(condition: str | None, version: int) -> None:
    """Raises VersionMismatch unless If-Match is absent or names this version."""
    if condition is not None and not matches(condition, etag(version)):
        raise VersionMismatch(f"The resource is at version {etag(version)}, the request is for {condition}.")
