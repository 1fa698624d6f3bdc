"""Reading the in-memory journal."""

from collections.abc import Sequence

from scimbridge.directory.documents import bound
from scimbridge.directory.ports import Entry, JournalQuery


def choose(entries: Sequence[Entry], query: JournalQuery) -> list[Entry]:
    """Raises ValueError if `since` or `until` is no time."""
    since = "" if query.since is None else bound(query.since)
    until = None if query.until is None else bound(query.until)
    ids = None if query.name is None else _named(entries, query.type, query.name.casefold())
    found = [
        entry
        for entry in entries
        if entry.sequence > query.after
        and (query.type is None or entry.type == query.type)
        and (ids is None or entry.id in ids)
        and (query.id is None or entry.id == query.id)
        and (query.request_id is None or entry.actor.request_id == query.request_id)
        and entry.time >= since
        and (until is None or entry.time < until)
    ]
    return found[max(0, len(found) - query.count) :] if query.newest else found[: query.count]


def _named(entries: Sequence[Entry], type: str | None, key: str) -> set[str]:  # noqa: A002
    """Everyone who has, or ever had, this name."""
    return {entry.id for entry in entries if entry.type == type and entry.name.casefold() == key}
