"""Users and groups as people call them: userName and displayName in place of ids."""

import orjson

from scimbridge.directory.ports import Directory, Record


def find_named(directory: Directory, type: str, name: str) -> Record | None:  # noqa: A002
    """A user or group by its name, or else by id."""
    return directory.lookup(type, name) or directory.get(type, name)


def name_of(directory: Directory, type: str, id: str) -> str:  # noqa: A002
    """The userName or displayName; the id of one who is gone."""
    record = directory.get(type, id)
    if record is None:
        return id
    return str(orjson.loads(record.document)["userName" if type == "User" else "displayName"])
