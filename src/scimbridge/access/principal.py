"""Who makes a request: the result of authentication, the subject of authorization."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """`name` is what the journal calls it, `client` the client or token that was used.

    `user` is the id of the user a password-grant token speaks for; None for service accounts and static tokens.
    """

    name: str
    client: str
    roles: frozenset[str]
    user: str | None = None
