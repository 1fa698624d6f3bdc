"""Versions of resources as entity tags (RFC 7644 section 3.14): weak, `W/"3"`."""

from scimbridge.scim.errors import VersionMismatch


def etag(version: int) -> str:
    return f'W/"{version}"'


def matches(condition: str, version: int) -> bool:
    """Whether an If-Match or If-None-Match value names this version; tags compare weakly, `*` names any.

    Every tag of ours is weak, so If-Match compares weakly too: strongly, it could never hold (RFC 9110 8.8.3.2).
    """
    own = f'"{version}"'
    tags = (tag.strip() for tag in condition.split(","))
    return any(tag == "*" or tag.removeprefix("W/") == own for tag in tags)


def require(condition: str | None, version: int) -> None:
    """Raises VersionMismatch unless If-Match is absent or names this version."""
    if condition is not None and not matches(condition, version):
        raise VersionMismatch(f"The resource is at version {etag(version)}, the request is for {condition}.")
