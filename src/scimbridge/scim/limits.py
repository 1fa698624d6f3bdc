"""Every limit of the SCIM surface, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a client may ask for.

    The first four are a realm's or an operator's to set and stand in ServiceProviderConfig; the others protect the
    server and are the same for everybody.
    """

    max_operations: int = 1000
    """Operations in a Bulk request."""
    max_payload: int = 10 * 2**20
    """Bytes of a request body, Bulk or not."""
    max_results: int = 1000
    """Resources on a page; a larger `count` is capped."""
    default_page: int = 100
    """Resources on a page when the client names no `count`."""
    max_filter_length: int = 8000
    """Characters of a filter."""
    max_filter_depth: int = 50
    """Levels of a filter: parentheses, `not`, value paths."""
    max_string: int = 64 * 2**10
    """Characters of a string."""
    max_name: int = 256
    """Characters of the name of an attribute that no schema describes."""
    max_values: int = 10_000
    """Values of a multi-valued attribute other than `members`."""
    max_members: int = 200_000
    """Members in one request; a group may have more."""
    max_depth: int = 16
    """Levels inside an attribute that no schema describes."""


LIMITS = Limits()
