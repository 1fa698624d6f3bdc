"""What goes wrong with a database file, as a sentence a person can act on."""

from scimbridge.scim.errors import Unavailable


class DatabaseError(Unavailable):
    """The file cannot be opened, or cannot be written at present (the client may try again)."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})
