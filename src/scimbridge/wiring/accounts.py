"""The users of a realm's directory as the password grant sees them."""

import orjson

from scimbridge.access.ports import Account
from scimbridge.directory.passwords import Hasher
from scimbridge.directory.ports import Directory, Record


class DirectoryAccounts:
    """Fulfils access.ports.Accounts."""

    def __init__(self, directory: Directory, hasher: Hasher) -> None:
        self._directory = directory
        self._hasher = hasher

    def by_name(self, name: str) -> Account | None:
        return self._account(self._directory.lookup("User", name))

    def by_id(self, id: str) -> Account | None:  # noqa: A002
        return self._account(self._directory.get("User", id))

    async def verify(self, encoded: str, password: str) -> bool:
        return await self._hasher.verify(encoded, password)

    def _account(self, record: Record | None) -> Account | None:
        if record is None:
            return None
        document = orjson.loads(record.document)
        return Account(
            id=record.id,
            name=document["userName"],
            active=document.get("active") is True,
            password=self._directory.password(record.id),
        )
